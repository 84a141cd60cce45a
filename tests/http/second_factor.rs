//! The second factor, what stands between password and code, and fresh proofs.

use crate::{
    abuse::nonsense,
    app::{App, Browser, KEYS, PASSWORD, id_of},
    rights,
};
use futures_util::future::join_all;
use std::{collections::BTreeSet, time::Duration};
use techally::{
    auth::second_factor::{rotate, totp},
    server::keys::Keys,
};
use uuid::Uuid;

const PAGE: &str = "/account/second-factor";

/// Opens the secret that waits for its first code, as only the server's key can.
async fn pending(app: &App, id: Uuid) -> Vec<u8> {
    let stored: String = sqlx::query_scalar("SELECT pending_secret FROM second_factors WHERE user_id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a pending secret");
    app.state.config.keys.open(&format!("second_factors.pending_secret:{id}"), &stored).expect("ours").to_vec()
}

fn code(app: &App, secret: &[u8]) -> String {
    totp::code_at(secret, app.state.clock.now().unix_timestamp()).expect("a code")
}

/// The next step, so that its code is a new one.
fn next_step(app: &App) {
    app.state.clock.advance(Duration::from_secs(30));
}

/// Sets up a second factor by the page: its secret and the recovery codes.
async fn set_up(app: &App, browser: &Browser, who: &str) -> (Vec<u8>, Vec<String>) {
    assert_eq!(browser.post(PAGE, &[("change", "begin")]).await.status(), 303);
    let secret = pending(app, id_of(app, who).await).await;
    let answer = browser.post(PAGE, &[("code", &code(app, &secret))]).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.expect("a page"));
    let codes = codes_in(&browser.page(PAGE).await);
    next_step(app);
    (secret, codes)
}

fn codes_in(page: &str) -> Vec<String> {
    let list = page.split("<ol class=\"codes\">").nth(1).and_then(|rest| rest.split("</ol>").next()).unwrap_or("");
    list.split("<code>").skip(1).filter_map(|rest| rest.split("</code>").next()).map(str::to_owned).collect()
}

/// The first half of a sign-in.
async fn password(app: &App, who: &str) -> Browser {
    let browser = app.browser();
    let email = format!("{who}@techally.test");
    let answer = browser.post("/login", &[("email", &email), ("password", PASSWORD), ("next", "/inbox")]).await;
    assert_eq!(answer.status(), 303, "{who}");
    assert_eq!(answer.headers()["location"], "/login/code", "{who}");
    browser
}

async fn is_signed_in(browser: &Browser) -> bool {
    browser.get("/").await.status() == 200
}

#[tokio::test]
async fn it_is_set_up_with_a_code_and_the_recovery_codes_are_shown_once() {
    let app = App::start().await;
    let (browser, elsewhere) = (app.signed_in("support").await, app.signed_in("support").await);
    assert!(browser.page(PAGE).await.contains("your password alone lets nobody in"));
    assert_eq!(browser.post(PAGE, &[("change", "begin")]).await.status(), 303);
    let id = id_of(&app, "support").await;
    let secret = pending(&app, id).await;
    let page = browser.page(PAGE).await;
    assert!(page.contains(&totp::manual_key(&secret)) && page.contains("<svg viewBox=\"-4 -4 "), "{page}");
    // drawn again it is the same
    assert_eq!(browser.post(PAGE, &[("change", "begin")]).await.status(), 303);
    assert_eq!(pending(&app, id).await, secret);

    let wrong = browser.post(&format!("{PAGE}?act=confirm"), &[("code", "000000")]).await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.text().await.expect("a page").contains("the code that the app shows now"), "beside the field");
    assert!(!is_on(&app, id).await);

    let done = browser.post(PAGE, &[("code", &code(&app, &secret))]).await;
    assert_eq!((done.status().as_u16(), done.headers()["location"].to_str().expect("text")), (303, PAGE));
    assert!(is_on(&app, id).await);
    assert!(!is_signed_in(&elsewhere).await, "the other sessions ended");
    let codes = codes_in(&browser.page(PAGE).await);
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10, "{codes:?}");
    let again = browser.page(PAGE).await;
    assert!(codes_in(&again).is_empty() && again.contains("Recovery codes left"), "shown once");

    let everything: String = sqlx::query_scalar(
        "SELECT string_agg(t, '') FROM (
             SELECT to_jsonb(u)::text AS t FROM users u WHERE role <> 'customer' UNION ALL SELECT to_jsonb(s)::text FROM user_sessions s
             UNION ALL SELECT to_jsonb(f)::text FROM second_factors f UNION ALL SELECT to_jsonb(c)::text FROM recovery_codes c
             UNION ALL SELECT to_jsonb(l)::text FROM audit_log l WHERE table_name IN ('users', 'second_factors', 'recovery_codes', 'user_sessions')
             UNION ALL SELECT to_jsonb(a)::text FROM user_activity a WHERE user_id = $1) x",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("rows");
    let key = totp::manual_key(&secret).replace(' ', "");
    for hidden in codes.iter().map(String::as_str).chain([key.as_str(), codes[0].replace('-', "").as_str()]) {
        assert!(!everything.contains(hidden), "a secret is in the database in clear");
    }
}

/// `techally=…`, as an answer sets it.
fn session_cookie(answer: &reqwest::Response) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let ours = cookies.filter(|cookie| cookie.starts_with("techally="));
    ours.filter_map(|cookie| cookie.split(';').next()).next_back().expect("a session").to_owned()
}

async fn is_on(app: &App, id: Uuid) -> bool {
    sqlx::query_scalar("SELECT mfa_enabled FROM users WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a person")
}

#[tokio::test]
async fn between_password_and_code_nothing_answers() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await;
    let (secret, _) = set_up(&app, &app.signed_in("super").await, "super").await;
    let browser = password(&app, "super").await;
    rights::walk(&browser, order, None, "a super admin without the code").await;
    let answer = browser.post("/login/code", &[("code", &code(&app, &secret))]).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")), (303, "/inbox"));
    assert!(is_signed_in(&browser).await);
    // the page for the code has nothing more to say
    assert!(browser.page("/login/code").await.contains("Sign in again"));
}

#[tokio::test]
async fn a_code_counts_once_whoever_sends_it_and_a_sign_in_too() {
    let app = App::start().await;
    let other = app.another(|_| {}).await;
    let (secret, _) = set_up(&app, &app.signed_in("admin").await, "admin").await;
    for _ in 0..3 {
        next_step(&app);
        let code = code(&app, &secret);
        let mut browsers = Vec::new();
        for at in 0..4 {
            browsers.push(password(if at % 2 == 0 { &app } else { &other }, "admin").await);
        }
        let fields = [("code", code.as_str())];
        let tries = browsers.iter().map(|browser| browser.post("/login/code", &fields));
        let answers = join_all(tries).await;
        let won = answers.iter().filter(|answer| answer.status() == 303).count();
        assert_eq!(won, 1, "signed in with one code");
        let late = password(&app, "admin").await.post("/login/code", &fields).await;
        assert_eq!(late.status(), 401, "the code was used");
        app.state.clock.advance(Duration::from_hours(2));
    }
    // one half sign-in, two codes at once: one session
    let browser = password(&app, "admin").await;
    let code = code(&app, &secret);
    let fields = [("code", code.as_str())];
    let answers = join_all((0..4).map(|_| browser.post("/login/code", &fields))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 303).count(), 1);
}

#[tokio::test]
async fn a_clock_may_be_off_by_a_step() {
    let app = App::start().await;
    let (secret, _) = set_up(&app, &app.signed_in("admin").await, "admin").await;
    app.state.clock.advance(Duration::from_mins(5));
    for (off, status) in [(-90, 401), (-30, 303), (0, 303), (30, 303), (90, 401)] {
        // a code of a later step than the last one used
        app.state.clock.advance(Duration::from_mins(3));
        let code = totp::code_at(&secret, app.state.clock.now().unix_timestamp() + off).expect("a code");
        let answer = password(&app, "admin").await.post("/login/code", &[("code", &code)]).await;
        assert_eq!(answer.status(), status, "{off} s off");
    }
}

#[tokio::test]
async fn a_recovery_code_lets_in_once_and_proves_nothing() {
    let app = App::start().await;
    let (_, codes) = set_up(&app, &app.signed_in("admin").await, "admin").await;
    let mut browsers = Vec::new();
    for _ in 0..5 {
        browsers.push(password(&app, "admin").await);
    }
    let shouted = codes[0].to_uppercase().replace('-', " ");
    let fields = [("code", shouted.as_str())];
    let answers = join_all(browsers.iter().map(|browser| browser.post("/login/code", &fields))).await;
    let won: Vec<usize> = (0..5).filter(|at| answers[*at].status() == 303).collect();
    assert_eq!(won.len(), 1, "one of five");
    let page = browsers[won[0]].page("/inbox").await;
    assert!(page.contains("You signed in with a recovery code. 9 are left."), "{page}");

    app.state.clock.advance(Duration::from_mins(11));
    let browser = &browsers[won[0]];
    for code in &codes[..2] {
        let refused = browser.post(PAGE, &[("change", "codes"), ("proof", code)]).await;
        assert_eq!(refused.status(), 403, "a recovery code is no proof");
    }
    let made = browser.post(PAGE, &[("change", "codes"), ("proof", PASSWORD)]).await;
    assert_eq!(made.status(), 303);
    let new = codes_in(&browser.page(PAGE).await);
    assert_eq!(new.len(), 10);
    app.state.clock.advance(Duration::from_hours(1));
    let old = password(&app, "admin").await.post("/login/code", &[("code", &codes[5])]).await;
    assert_eq!(old.status(), 401, "the old ones died");
    app.state.clock.advance(Duration::from_mins(1));
    let answer = password(&app, "admin").await.post("/login/code", &[("code", &new[5])]).await;
    assert_eq!(answer.status(), 303);
}

#[tokio::test]
async fn guessing_codes_takes_too_long_on_all_instances_together_and_needs_the_password() {
    let app = App::start().await;
    let other = app.another(|_| {}).await;
    let (secret, _) = set_up(&app, &app.signed_in("admin").await, "admin").await;
    let (here, there) = (password(&app, "admin").await, password(&other, "admin").await);
    let guesses: Vec<String> = (0..40).map(|n| format!("{:06}", n * 7)).collect();
    let fields: Vec<[(&str, &str); 1]> = guesses.iter().map(|guess| [("code", guess.as_str())]).collect();
    let tries = fields
        .iter()
        .enumerate()
        .map(|(n, fields)| if n % 2 == 0 { &here } else { &there }.post("/login/code", fields));
    let answers = join_all(tries).await;
    let looked_at = answers.iter().filter(|answer| answer.status() == 401).count();
    assert!(looked_at <= 5, "{looked_at} of 40 guesses at once were looked at");
    assert!(answers.iter().any(|answer| answer.status() == 429 && answer.headers().contains_key("retry-after")));
    // while the wait lasts the right code waits too; then it counts
    assert_eq!(here.post("/login/code", &[("code", &code(&app, &secret))]).await.status(), 429);
    app.state.clock.advance(Duration::from_secs(31));
    assert_eq!(here.post("/login/code", &[("code", &code(&app, &secret))]).await.status(), 303);
    // who doesn't know the password can't make anybody wait for a code
    for n in 0..10 {
        let stranger = app.browser();
        let answer = stranger.post("/login/code", &[("code", &format!("{n:06}"))]).await;
        assert_eq!(answer.status(), 401);
    }
    let wrong: i32 =
        sqlx::query_scalar("SELECT wrong_codes FROM second_factors").fetch_one(&app.db).await.expect("a count");
    assert_eq!(wrong, 0);
}

#[tokio::test]
async fn a_half_sign_in_ends_with_time_password_and_account() {
    let app = App::start().await;
    let (secret, _) = set_up(&app, &app.signed_in("admin").await, "admin").await;
    let try_now = async |browser: &Browser| {
        browser.post("/login/code", &[("code", &code(&app, &secret))]).await.status().as_u16()
    };
    let browser = password(&app, "admin").await;
    app.state.clock.advance(Duration::from_secs(601));
    assert_eq!(try_now(&browser).await, 401, "ten minutes");
    for (what, sql, back) in [
        ("suspended", "status = 'suspended'", "status = 'active'"),
        ("another password", "password_hash = password_hash || ' '", "password_hash = rtrim(password_hash)"),
        ("demoted", "role = 'customer'", "role = 'admin'"),
    ] {
        let browser = password(&app, "admin").await;
        for change in [sql, back] {
            let statement = format!("UPDATE users SET {change} WHERE email = 'admin@techally.test'");
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&app.db).await.expect(what);
        }
        next_step(&app);
        assert_eq!(try_now(&browser).await, 401, "{what}");
    }
    next_step(&app);
    assert_eq!(try_now(&password(&app, "admin").await).await, 303);
}

#[tokio::test]
async fn admins_must_have_one_once_the_grace_period_is_over() {
    let app = App::start().await;
    let grace = async |days: Option<i32>| {
        sqlx::query("UPDATE shop_settings SET second_factor_grace_days = $1")
            .bind(days)
            .execute(&app.db)
            .await
            .expect("set");
    };
    grace(Some(14)).await;
    sqlx::query("UPDATE users SET role_since = now()").execute(&app.db).await.expect("roles of today");
    app.signed_in("admin").await;
    app.state.clock.advance(Duration::from_hours(15 * 24));
    app.signed_in("support").await; // no admin
    let browser = password(&app, "admin").await;
    assert!(!is_signed_in(&browser).await);
    let id = id_of(&app, "admin").await;
    let secret = pending(&app, id).await;
    let page = browser.page("/login/code").await;
    assert!(page.contains("Set up your second factor") && page.contains(&totp::manual_key(&secret)));
    // the other form of the page, for those who have one, doesn't help
    assert_eq!(browser.post("/login/code", &[("code", "000000")]).await.status(), 401);
    let wrong = browser.post("/login/code", &[("enrol", "first"), ("code", "000000")]).await;
    assert_eq!(wrong.status(), 422);
    let answer = browser.post("/login/code", &[("enrol", "first"), ("code", &code(&app, &secret))]).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")), (303, PAGE));
    assert_eq!(codes_in(&browser.page(PAGE).await).len(), 10);
    // and it can't be taken away again
    assert!(browser.page(PAGE).await.contains("the role Admin must have one"));
    assert_eq!(browser.post(PAGE, &[("change", "remove")]).await.status(), 403);
    grace(None).await;
    assert_eq!(browser.post(PAGE, &[("change", "remove")]).await.status(), 303);
    assert!(!is_on(&app, id).await);
    app.signed_in("admin").await;
}

#[tokio::test]
async fn what_ends_an_order_asks_who_it_is_after_ten_minutes() {
    let app = App::start().await;
    let order = app.order_in("PENDING").await;
    let browser = app.browser();
    let signed_in = browser.post("/login", &[("email", "support@techally.test"), ("password", PASSWORD)]).await;
    let old_cookie = session_cookie(&signed_in);
    app.state.clock.advance(Duration::from_mins(11));
    let (_, version) = app.status(order).await;
    let version = version.to_string();
    let path = format!("/orders/{order}");
    let fields = [("status", "CANCELLED"), ("version", version.as_str()), ("reason", "Asked by the customer")];
    let asked = browser.post(&path, &fields).await;
    assert_eq!(asked.status(), 403);
    let page = asked.text().await.expect("a page");
    assert!(page.contains("name=\"proof\"") && page.contains("Asked by the customer"), "asks and keeps what was typed");
    assert_eq!(app.status(order).await.0, "PENDING");
    let wrong = browser.post(&path, &[fields.as_slice(), &[("proof", "not-my-password")]].concat()).await;
    assert_eq!(wrong.status(), 403);
    assert!(!wrong.text().await.expect("a page").contains("not-my-password"));
    assert_eq!(app.status(order).await.0, "PENDING");
    let done = browser.post(&path, &[fields.as_slice(), &[("proof", PASSWORD)]].concat()).await;
    assert_eq!(done.status(), 303);
    assert_eq!(app.status(order).await.0, "CANCELLED");
    // the proof gave the session a new id; the old one is worth nothing, and its end stays what it was
    assert_ne!(session_cookie(&done), old_cookie);
    let thief = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let stolen = thief.get(format!("{}/orders", app.url)).header("cookie", old_cookie).send().await.expect("an answer");
    assert_eq!(stolen.status(), 303, "sign in first");
    assert!(is_signed_in(&browser).await);
    let (began, ends): (time::OffsetDateTime, time::OffsetDateTime) = sqlx::query_as(
        "SELECT created_at, expires_at FROM user_sessions WHERE revoked_at IS NULL AND user_id = (SELECT id FROM users WHERE email = 'support@techally.test')",
    )
    .fetch_one(&app.db)
    .await
    .expect("one session");
    assert_eq!((ends - began).whole_hours(), 12);
    // for ten minutes nothing more is asked
    let other = app.order_in("PENDING").await;
    let (_, version) = app.status(other).await;
    let version = version.to_string();
    let fields = [("status", "CANCELLED"), ("version", version.as_str()), ("reason", "x")];
    assert_eq!(browser.post(&format!("/orders/{other}"), &fields).await.status(), 303);
}

#[tokio::test]
async fn wrong_proofs_are_counted() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses
            .push(browser.post(PAGE, &[("change", "begin"), ("proof", "wrong wrong wrong")]).await.status().as_u16());
    }
    assert_eq!(statuses[..10], [403; 10]);
    assert_eq!(statuses[10..], [429; 2]);
    assert!(is_signed_in(&browser).await, "nobody is signed out by it");
}

#[tokio::test]
async fn another_key_takes_over_and_the_old_one_goes() {
    let app = App::start().await;
    let (secret, _) = set_up(&app, &app.signed_in("admin").await, "admin").await;
    app.signed_in("support").await.post(PAGE, &[("change", "begin")]).await;
    let keys = |text: String| Keys::parse(&text.into()).expect("keys");
    let new = format!("new:{}", "02".repeat(32));
    let both = keys(format!("{new},{KEYS}"));
    let report = rotate::rotate(&app.staff, &both).await.expect("rotated");
    assert_eq!((report.rotated, report.current, report.lost), (2, 0, 0));
    assert_eq!(rotate::rotate(&app.staff, &both).await.expect("again").rotated, 0);
    let after = app.another(|config| config.keys = keys(new.clone())).await;
    let browser = password(&after, "admin").await;
    let code = totp::code_at(&secret, after.state.clock.now().unix_timestamp() + 30).expect("a code");
    assert_eq!(browser.post("/login/code", &[("code", &code)]).await.status(), 303, "opened with the new key alone");
    let strangers = rotate::rotate(&app.staff, &keys(format!("third:{}", "03".repeat(32)))).await.expect("looked at");
    assert_eq!((strangers.rotated, strangers.lost), (0, 2), "what can't be opened is left as it is");
}

#[tokio::test]
async fn nonsense_is_no_code_and_no_proof() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    browser.post(PAGE, &[("change", "begin")]).await;
    let (admin, stranger) = (app.signed_in("admin").await, app.browser());
    set_up(&app, &admin, "admin").await;
    let half = password(&app, "admin").await;
    for value in nonsense() {
        let value = value.as_str();
        for (who, browser, path, fields) in [
            ("pending", &browser, PAGE, vec![("code", value)]),
            ("pending", &browser, PAGE, vec![("change", value)]),
            ("proof", &browser, PAGE, vec![("change", "begin"), ("proof", value)]),
            ("stranger", &stranger, "/login/code", vec![("code", value)]),
            ("stranger", &stranger, "/login/code", vec![("code", value), ("enrol", value)]),
            ("half", &half, "/login/code", vec![("code", value)]),
        ] {
            let status = browser.post(path, &fields).await.status();
            assert!(status.is_client_error(), "{who}, {fields:.60?}: {status}");
        }
    }
    assert!(!is_on(&app, id_of(&app, "support").await).await);
    assert!(!is_signed_in(&half).await && is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_session_that_was_signed_out_is_dead_on_the_other_instance() {
    let app = App::start().await;
    let other = app.another(|_| {}).await;
    let browser = app.browser();
    let cookie =
        session_cookie(&browser.post("/login", &[("email", "support@techally.test"), ("password", PASSWORD)]).await);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let elsewhere = async || {
        let asked = client.get(format!("{}/orders", other.url)).header("cookie", &cookie).send().await;
        asked.expect("an answer").status().as_u16()
    };
    assert_eq!(elsewhere().await, 200);
    browser.post("/logout", &[("sign_out", "1")]).await;
    assert_eq!(elsewhere().await, 303);
}
