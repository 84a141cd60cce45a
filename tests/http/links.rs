//! One-time links: for a new password, an invitation, a new address. What ends them, what they don't tell, what is
//! nowhere stored.

use crate::{
    abuse::nonsense,
    app::{App, Browser, PASSWORD},
    auth::without_nonces,
    mails::Server,
};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use techally::{
    auth::{
        guard::Ctx,
        links::{self, Kind, NewLink},
        second_factor::{recovery, totp},
        store::person,
    },
    forms::Outcome,
    server::mail::{Mailer, send_due},
};
use uuid::Uuid;

/// What people choose in these tests.
const CHOSEN: &str = "gravel otter lamp seven";

async fn user(app: &App, who: &str) -> Uuid {
    sqlx::query_scalar("SELECT id FROM users WHERE email = $1")
        .bind(format!("{who}@techally.test"))
        .fetch_one(&app.db)
        .await
        .expect("a colleague")
}

/// A link as it is in its mail, without the host.
async fn path(app: &App, id: Uuid) -> Option<String> {
    let (config, now) = (&app.state.config, app.state.clock.now());
    let address = links::address_of(&app.db, &config.keys, &config.public_url, id, now).await.expect("a link");
    address.map(|address| address.strip_prefix(&config.public_url).expect("our address").to_owned())
}

/// Makes a link, as the staff page and the account page do.
async fn made(app: &App, who: &str, kind: Kind, email: &str) -> String {
    let user_id = user(app, who).await;
    let mut transaction = app.staff.begin().await.expect("a transaction");
    let link = NewLink { kind, user_id, email: email.to_owned(), created_by: None };
    links::issue(&mut transaction, &app.state, link).await.expect("a link");
    transaction.commit().await.expect("kept");
    newest(app, who, kind.code()).await.expect("it is open")
}

async fn newest(app: &App, who: &str, kind: &str) -> Option<String> {
    let id = sqlx::query_scalar(
        "SELECT id FROM access_links WHERE user_id = $1 AND kind = $2 AND used_at IS NULL AND ended_at IS NULL",
    )
    .bind(user(app, who).await)
    .bind(kind)
    .fetch_optional(&app.db)
    .await
    .expect("links");
    path(app, id?).await
}

async fn reset_of(app: &App, who: &str) -> String {
    made(app, who, Kind::Reset, &format!("{who}@techally.test")).await
}

/// The token of a link.
fn token(link: &str) -> &str {
    link.split_once('=').expect("a token").1
}

/// Sends the form of a link's page.
async fn send(browser: &Browser, link: &str, fields: &[(&str, &str)]) -> reqwest::Response {
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("token", token(link))]).collect();
    browser.post(link, &fields).await
}

async fn ask(browser: &Browser, email: &str) {
    let answer = browser.post("/login/forgot", &[("email", email)]).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")),
        (303, "/login/forgot?done=sent")
    );
}

/// Mails of a kind to an address.
async fn mails(app: &App, kind: &str, to: &str) -> Vec<(String, String)> {
    sqlx::query_as("SELECT subject, body FROM mails WHERE kind = $1 AND recipient = $2 ORDER BY id")
        .bind(kind)
        .bind(to)
        .fetch_all(&app.db)
        .await
        .expect("mails")
}

/// Waits for what is done after the answer.
async fn mails_become(app: &App, kind: &str, to: &str, wanted: usize) {
    for _ in 0..400 {
        if mails(app, kind, to).await.len() == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{wanted} mails of kind {kind} to {to}: {}", mails(app, kind, to).await.len());
}

async fn signs_in(app: &App, who: &str, password: &str) -> u16 {
    let answer =
        app.browser().post("/login", &[("email", &format!("{who}@techally.test")), ("password", password)]).await;
    answer.status().as_u16()
}

/// Gives a person a second factor; its secret, and a recovery code.
async fn with_factor(app: &App, who: &str) -> (Vec<u8>, String) {
    let (id, secret) = (user(app, who).await, b"12345678901234567890".to_vec());
    let closed = app.state.config.keys.close(&format!("users.mfa_secret:{id}"), &secret).expect("a key");
    sqlx::query("UPDATE users SET mfa_enabled = true, mfa_secret = $2 WHERE id = $1")
        .bind(id)
        .bind(closed)
        .execute(&app.db)
        .await
        .expect("a factor");
    sqlx::query("INSERT INTO second_factors (user_id, confirmed_at) VALUES ($1, now())")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("a row");
    let code = recovery::new_codes().expect("codes").remove(0);
    sqlx::query("INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)")
        .bind(id)
        .bind(recovery::hash(&code).expect("a hash"))
        .execute(&app.db)
        .await
        .expect("a recovery code");
    (secret, code)
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_with_the_link_of_a_mail() {
    let app = App::start().await;
    let elsewhere = app.signed_in("support").await;
    let browser = app.browser();
    assert!(browser.page("/login").await.contains("href=\"/login/forgot\""));
    assert!(browser.page("/login/forgot").await.contains("Send the link"));
    ask(&browser, " Support@TechAlly.test ").await;
    assert!(browser.page("/login/forgot?done=sent").await.contains("If this address is that of a colleague"));
    mails_become(&app, "reset", "support@techally.test", 1).await;
    let link = newest(&app, "support", "reset").await.expect("a link");

    // looking at it, as programs that read mails do, uses nothing up and tells little
    for _ in 0..3 {
        let page = browser.page(&link).await;
        assert!(page.contains("Choose a new password") && page.contains("s•••@techally.test"));
        assert!(!page.contains("support@") && !page.contains("Alvarez") && !page.contains("name=\"code\""));
    }
    for (weak, why) in [
        ("short", "at least 12"),
        ("techally-demo", "soon be guessed"),
        ("SamAlvarez2026", "soon be guessed"),
        ("", "at least 12"),
    ] {
        let answer = send(&browser, &link, &[("password", weak)]).await;
        assert_eq!(answer.status(), 422, "{weak}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(why) && page.contains("Your password is not set."), "{weak}");
        assert!(weak.is_empty() || !page.contains(weak), "it is not shown again");
    }
    assert_eq!(elsewhere.get("/orders").await.status(), 200, "nothing happened so far");
    let answer = send(&browser, &link, &[("password", CHOSEN)]).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")),
        (303, "/login?done=password")
    );
    assert!(browser.page("/login?done=password").await.contains("Your password is set."));
    assert_eq!(elsewhere.get("/orders").await.status(), 303, "sessions end");
    assert_eq!(signs_in(&app, "support", PASSWORD).await, 401);
    assert_eq!(signs_in(&app, "support", CHOSEN).await, 303);

    let dead = browser.get(&link).await;
    assert_eq!(dead.status(), 410, "used");
    assert!(dead.text().await.expect("a page").contains("Ask for a new one"));
    assert_eq!(send(&browser, &link, &[("password", "another fine pass phrase")]).await.status(), 410);
    let told = mails(&app, "notice", "support@techally.test").await;
    assert_eq!(told.first().map(|(subject, _)| subject.as_str()), Some("Your password was changed"));
    let known: Vec<String> =
        sqlx::query_scalar("SELECT action_type FROM user_activity WHERE user_id = $1 ORDER BY \"timestamp\"")
            .bind(user(&app, "support").await)
            .fetch_all(&app.db)
            .await
            .expect("activity");
    assert!(
        known.iter().any(|one| one == "reset_asked") && known.iter().any(|one| one == "password_reset"),
        "{known:?}"
    );
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn a_reset_asks_for_the_second_factor() {
    let app = App::start().await;
    let (secret, recovery) = with_factor(&app, "admin").await;
    let link = reset_of(&app, "admin").await;
    let browser = app.browser();
    assert!(browser.page(&link).await.contains("name=\"code\""));
    let now = || app.state.clock.now().unix_timestamp();
    for code in ["", "000000", "nonsense", &"9".repeat(10_000)] {
        let answer = send(&browser, &link, &[("password", CHOSEN), ("code", code)]).await;
        assert_eq!(answer.status(), 422, "{code:.10}");
    }
    assert_eq!(signs_in(&app, "admin", CHOSEN).await, 401);
    // a weak password uses no code up
    let code = totp::code_at(&secret, now()).expect("a code");
    assert_eq!(send(&browser, &link, &[("password", "weak"), ("code", &code)]).await.status(), 422);
    assert_eq!(send(&browser, &link, &[("password", CHOSEN), ("code", &code)]).await.status(), 303);

    // the same code again: not with another link either; a recovery code instead, once
    let again = reset_of(&app, "admin").await;
    assert_eq!(send(&browser, &again, &[("password", CHOSEN), ("code", &code)]).await.status(), 422, "each code once");
    assert_eq!(
        send(&browser, &again, &[("password", "harbour plum violet nine"), ("code", &recovery)]).await.status(),
        303
    );
    let last = reset_of(&app, "admin").await;
    assert_eq!(send(&browser, &last, &[("password", CHOSEN), ("code", &recovery)]).await.status(), 422, "used up");

    // guessing is slowed down, on all links together
    let mut limited = false;
    for _ in 0..8 {
        limited |= send(&browser, &last, &[("password", CHOSEN), ("code", "000001")]).await.status() == 429;
    }
    assert!(limited);
    let fresh = totp::code_at(&secret, now() + 30).expect("a code");
    assert_eq!(
        send(&browser, &last, &[("password", CHOSEN), ("code", &fresh)]).await.status(),
        429,
        "even a right one waits"
    );
}

#[tokio::test]
async fn an_invitation_is_the_first_password_and_verifies_the_address() {
    let app = App::start().await;
    let id = user(&app, "moderator").await;
    sqlx::query("UPDATE users SET email_verified = false, password_hash = '!invited' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("as an invited person");
    let by = user(&app, "super").await;
    let mut transaction = app.staff.begin().await.expect("a transaction");
    let email = "moderator@techally.test".to_owned();
    let link = NewLink { kind: Kind::Invitation, user_id: id, email, created_by: Some(by) };
    links::issue(&mut transaction, &app.state, link).await.expect("a link");
    transaction.commit().await.expect("kept");
    let (subject, body) = mails(&app, "invitation", "moderator@techally.test").await.remove(0);
    assert!(subject.contains("invitation") && body.contains("Sofia Brandt invites you") && body.contains("72 hours"));
    let link = newest(&app, "moderator", "invitation").await.expect("a link");
    app.state.clock.advance(Duration::from_hours(71));
    assert!(app.browser().page(&link).await.contains("Welcome: choose your password"));
    assert_eq!(send(&app.browser(), &link, &[("password", CHOSEN)]).await.status(), 303);
    assert_eq!(signs_in(&app, "moderator", CHOSEN).await, 303);
    let verified: bool =
        sqlx::query_scalar("SELECT email_verified AND password_changed_at IS NOT NULL FROM users WHERE id = $1")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("a person");
    assert!(verified);
}

#[tokio::test]
async fn a_link_dies_with_whatever_it_was_made_for() {
    let app = App::start().await;
    let browser = app.browser();
    let good = |link: &str| {
        let (browser, link) = (Browser { client: browser.client.clone(), url: browser.url.clone() }, link.to_owned());
        async move { browser.get(&link).await.status() == 200 }
    };
    for sql in [
        "UPDATE users SET password_hash = '!other' WHERE email = 'warehouse@techally.test'",
        "UPDATE users SET email = 'elsewhere@techally.test' WHERE email = 'warehouse@techally.test'",
        "UPDATE users SET role = 'support' WHERE email = 'warehouse@techally.test'",
        "UPDATE users SET status = 'suspended' WHERE email = 'warehouse@techally.test'",
        "UPDATE users SET locked_until = now() + interval '1 year' WHERE email = 'warehouse@techally.test'",
        "UPDATE users SET status = 'deleted', deleted_at = now() WHERE email = 'warehouse@techally.test'",
        "UPDATE access_links SET ended_at = now() WHERE used_at IS NULL",
        // as somebody might who has the database and not the key
        "UPDATE access_links SET kind = 'invitation' WHERE used_at IS NULL AND ended_at IS NULL",
        "UPDATE access_links SET user_id = (SELECT id FROM users WHERE email = 'super@techally.test') WHERE ended_at IS NULL",
        "UPDATE access_links SET email = 'super@techally.test' WHERE used_at IS NULL AND ended_at IS NULL",
    ] {
        let link = reset_of(&app, "warehouse").await;
        assert!(good(&link).await, "before {sql}");
        sqlx::query(sql).execute(&app.db).await.expect(sql);
        assert!(!good(&link).await, "{sql}");
        let status = send(&browser, &link, &[("password", CHOSEN)]).await.status();
        assert!([404, 410].contains(&status.as_u16()), "{sql}: {status}");
        sqlx::query(
            "UPDATE users SET email = 'warehouse@techally.test', role = 'warehouse_manager', status = 'active', deleted_at = NULL, locked_until = NULL
             WHERE email IN ('warehouse@techally.test', 'elsewhere@techally.test')",
        )
        .execute(&app.db)
        .await
        .expect("as before");
        sqlx::query("DELETE FROM mails WHERE link_id IS NOT NULL").execute(&app.db).await.expect("no mails");
        sqlx::query("DELETE FROM access_links").execute(&app.db).await.expect("no links");
    }

    // a newer one of the same kind; another kind and another person's stay
    let (first, other) = (reset_of(&app, "warehouse").await, reset_of(&app, "support").await);
    let invitation = made(&app, "warehouse", Kind::Invitation, "warehouse@techally.test").await;
    let second = reset_of(&app, "warehouse").await;
    assert!(!good(&first).await && good(&second).await && good(&other).await && good(&invitation).await);

    let halves = |link: &str| token(link).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a token");
    // pieces of one with pieces of another
    let (id, signature) = halves(&second);
    let (other_id, other_signature) = halves(&other);
    let flipped =
        signature.strip_prefix('0').map_or_else(|| format!("0{}", &signature[1..]), |rest| format!("1{rest}"));
    for token in [
        format!("{id}.{other_signature}"),
        format!("{other_id}.{signature}"),
        format!("{id}.{flipped}"),
        format!("{id}.{}", "0".repeat(32)),
        format!("{}.{signature}", Uuid::new_v4()),
        format!("{id}.{}", signature.to_uppercase()),
        format!("{}.{signature}", id.to_uppercase()),
        id.clone(),
        signature.clone(),
    ] {
        let answer = browser.get(&format!("/login/link?token={token}")).await;
        assert_eq!(answer.status(), 404, "{token}");
        let answer =
            browser.post(&format!("/login/link?token={token}"), &[("token", &token), ("password", CHOSEN)]).await;
        assert_eq!(answer.status(), 404, "{token}");
    }
    assert!(good(&second).await, "none of this touched it");

    // a link for a password confirms no address, and the other way round
    let address = made(&app, "warehouse", Kind::Email, "wanda@techally.test").await;
    assert_eq!(send(&browser, &address, &[("password", CHOSEN)]).await.status(), 404);
    assert_eq!(send(&browser, &second, &[("confirm", "yes")]).await.status(), 404);

    app.state.clock.advance(Duration::from_mins(59));
    assert!(good(&second).await);
    app.state.clock.advance(Duration::from_mins(2));
    assert!(!good(&second).await && good(&invitation).await && good(&address).await);
    app.state.clock.advance(Duration::from_hours(23));
    assert!(!good(&address).await && good(&invitation).await);
    app.state.clock.advance(Duration::from_hours(48));
    assert!(!good(&invitation).await);
    assert_eq!(send(&browser, &second, &[("password", CHOSEN)]).await.status(), 410);
    assert_eq!(signs_in(&app, "support", PASSWORD).await, 303, "nobody's password changed");
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_wins() {
    let app = App::start().await;
    let other = app.another(|_| {}).await;
    for round in 0..6 {
        let link = reset_of(&app, "support").await;
        let passwords: Vec<String> = (0..4).map(|n| format!("gravel otter lamp {round} {n} wharf")).collect();
        let posts = passwords.iter().enumerate().map(|(n, password)| {
            let (browser, link) = (if n % 2 == 0 { app.browser() } else { other.browser() }, link.clone());
            async move { send(&browser, &link, &[("password", password)]).await.status().as_u16() }
        });
        let answers = futures_util::future::join_all(posts).await;
        assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| [303, 410].contains(status)), "{answers:?}");
        for (password, answer) in passwords.iter().zip(&answers) {
            assert_eq!(
                signs_in(&app, "support", password).await == 303,
                *answer == 303,
                "the winner's password counts"
            );
        }
        app.state.clock.advance(Duration::from_hours(2));
        other.state.clock.advance(Duration::from_hours(2));
    }
    // and of two who ask at once there is one open link
    let (one, two) = tokio::join!(reset_of(&app, "admin"), reset_of(&app, "admin"));
    let open: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM access_links WHERE user_id = $1 AND used_at IS NULL AND ended_at IS NULL",
    )
    .bind(user(&app, "admin").await)
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert!(open == 1 && one.len() == two.len());
}

#[tokio::test]
async fn what_a_request_says_of_its_host_is_in_no_mail() {
    let app = App::start().await;
    for (n, host) in ["evil.example", "127.0.0.1@evil.example", "evil.example:80"].into_iter().enumerate() {
        let answer = app
            .browser()
            .client
            .post(format!("{}/login/forgot", app.url))
            .header("host", host)
            .header("origin", format!("http://{host}"))
            .header("x-forwarded-host", "evil.example")
            .header("forwarded", "host=evil.example;proto=https")
            .header("x-forwarded-proto", "https")
            .header("x-original-url", "https://evil.example/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("email=support%40techally.test")
            .send()
            .await
            .expect("an answer");
        let text = format!("{:?}", answer.headers());
        assert!(!text.contains("evil.example"), "{text}");
        if answer.status() == 303 {
            mails_become(&app, "reset", "support@techally.test", n + 1).await;
        } else {
            assert!(answer.status().is_client_error(), "{host}: {}", answer.status());
            ask(&app.browser(), "support@techally.test").await;
            mails_become(&app, "reset", "support@techally.test", n + 1).await;
        }
    }
    let server = Server::start().await;
    let mailer = server.mailer_as(&app.state.config);
    assert_eq!(send_due(&app.staff, &mailer).await.expect("sent"), 1, "the two that were replaced stay");
    let mail = server.got().remove(0);
    assert!(mail.contains(&format!("{}/login/link?token=", app.state.config.public_url)), "{mail}");
    assert!(!mail.contains("evil"), "{mail}");
}

#[tokio::test]
async fn a_mail_has_the_link_and_the_database_has_no_token() {
    let app = App::start().await;
    let server = Server::start().await;
    let mailer: Mailer = server.mailer_as(&app.state.config);
    ask(&app.browser(), "support@techally.test").await;
    mails_become(&app, "reset", "support@techally.test", 1).await;
    let link = newest(&app, "support", "reset").await.expect("a link");
    let signature = link.rsplit_once('.').expect("a signature").1.to_owned();
    assert_eq!(signature.len(), 32);
    assert_eq!(send_due(&app.staff, &mailer).await.expect("sent"), 1);
    // as it is read: long lines travel in pieces
    let mail = server.got().remove(0).replace("=\n", "").replace("=3D", "=");
    assert!(mail.contains(&format!("{}{link}", app.state.config.public_url)), "{mail}");
    assert!(mail.contains("To: support@techally.test") && !mail.contains("{link}"));

    app.browser().page(&link).await;
    assert_eq!(send(&app.browser(), &link, &[("password", CHOSEN)]).await.status(), 303);
    // before, meanwhile and after: in no row of no table
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
    )
    .fetch_all(&app.db)
    .await
    .expect("tables");
    assert!(
        tables.len() > 45
            && tables.iter().any(|table| table == "mails")
            && tables.iter().any(|table| table == "audit_log")
    );
    for table in tables {
        for (what, text) in [("token", signature.as_str()), ("password", CHOSEN)] {
            let sql = format!("SELECT count(*) FROM {table} t WHERE strpos(t::text, $1) > 0");
            let found: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(text).fetch_one(&app.db).await.expect("a count");
            assert_eq!(found, 0, "{table} has the {what}");
        }
    }

    // one whose link died before it left stays, and those behind it leave
    reset_of(&app, "admin").await;
    sqlx::query("UPDATE access_links SET ended_at = now() WHERE used_at IS NULL").execute(&app.db).await.expect("dead");
    reset_of(&app, "support").await;
    assert_eq!(send_due(&app.staff, &mailer).await.expect("sent"), 2, "a notice and the reset of support");
    let (given_up, why): (bool, Option<String>) =
        sqlx::query_as("SELECT next_try_at IS NULL AND sent_at IS NULL, last_error FROM mails WHERE kind = 'reset' AND recipient = 'admin@techally.test'")
            .fetch_one(&app.db)
            .await
            .expect("a mail");
    assert!(given_up && why.is_some_and(|why| why.contains("dead")));
    assert!(server.got().iter().all(|mail| !mail.contains("To: admin@")));
}

#[tokio::test]
async fn no_answer_tells_whether_an_address_exists() {
    let app = App::start().await;
    let customer: String = sqlx::query_scalar("SELECT email FROM users WHERE role = 'customer' ORDER BY id LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("a customer");
    sqlx::query("UPDATE users SET status = 'suspended' WHERE email = 'moderator@techally.test'")
        .execute(&app.db)
        .await
        .expect("suspended");
    let mut answers = BTreeSet::new();
    for email in ["support@techally.test", "nobody@techally.test", &customer, "moderator@techally.test"] {
        let answer = app.browser().post("/login/forgot", &[("email", email)]).await;
        let location = answer.headers()["location"].to_str().expect("text").to_owned();
        let names: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
        let status = answer.status().as_u16();
        let body = answer.text().await.expect("a body");
        let page = app.browser().page(&location).await;
        answers.insert((status, location, names, body, without_nonces(&page, email)));
        // as the function itself
        let answer = app
            .browser()
            .client
            .post(format!("{}/api/techally/auth/api/ask_reset", app.url))
            .header("origin", &app.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("email={email}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        assert!(answer.text().await.expect("text").contains("/login/forgot?done=sent"));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    mails_become(&app, "reset", "support@techally.test", 2).await;
    for email in ["nobody@techally.test", &customer, "moderator@techally.test"] {
        assert!(mails(&app, "reset", email).await.is_empty(), "{email}");
    }

    // asked for too often: the same answer, and no mail
    for _ in 0..3 {
        ask(&app.browser(), "support@techally.test").await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mails(&app, "reset", "support@techally.test").await.len(), 3, "three an hour to one address");
    for n in 0..30 {
        ask(&app.browser(), &format!("someone-{n}@techally.test")).await;
    }
    ask(&app.browser(), "admin@techally.test").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(mails(&app, "reset", "admin@techally.test").await.is_empty(), "twenty an hour from one network");
    app.state.clock.advance(Duration::from_mins(61));
    ask(&app.browser(), "admin@techally.test").await;
    mails_become(&app, "reset", "admin@techally.test", 1).await;

    for wrong in ["", "nobody", "a@b", "@", "a b@techally.test", &format!("{}@techally.test", "x".repeat(300))] {
        let answer = app.browser().post("/login/forgot", &[("email", wrong)]).await;
        assert_eq!(answer.status(), 422, "{wrong:.20}");
    }
}

fn median(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

/// Posts a form for a known and an unknown address in turn, forty times each: the medians of their times are within 5 %.
/// On a machine that is shared that takes several tries; a look into the database before the answer is never within.
async fn take_equally_long(app: &App, path: &str, password: &str, status: u16) {
    let browser = app.browser();
    let mut ratios = Vec::new();
    for batch in 0..12 {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..40 {
            let mut pair = [(0, "support%40techally.test"), (1, "unknown%40techally.test")];
            if round % 2 == 1 {
                pair.reverse();
            }
            for (which, email) in pair {
                // never limited: each from elsewhere, an hour later
                app.state.clock.advance(Duration::from_hours(1));
                let request = browser
                    .client
                    .post(format!("{}{path}", app.url))
                    .header("origin", &app.url)
                    .header("x-forwarded-for", format!("203.0.{batch}.{}", 2 * round + which))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(format!("email={email}&password={password}"));
                let start = Instant::now();
                let answer = request.send().await.expect("an answer");
                assert_eq!(answer.status(), status);
                answer.bytes().await.expect("a whole answer");
                times[which].push(start.elapsed());
                // what goes on after an answer is no part of the next one's time
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
        let ratio = median(&times[0]) / median(&times[1]);
        if (0.95..1.05).contains(&ratio) {
            return;
        }
        ratios.push(ratio);
    }
    panic!("times of known by those of unknown addresses: {ratios:.3?}");
}

#[tokio::test]
async fn known_and_unknown_addresses_take_equally_long_to_ask_for_a_link() {
    let app = App::behind_a_proxy().await;
    take_equally_long(&app, "/login/forgot", "", 303).await;
    assert!(mails(&app, "reset", "support@techally.test").await.len() >= 39, "the known one got its mails");
}

#[tokio::test]
async fn known_and_unknown_addresses_take_equally_long_to_sign_in() {
    let app = App::behind_a_proxy().await;
    take_equally_long(&app, "/login", "wrong", 401).await;
}

#[tokio::test]
async fn an_old_hash_is_made_anew_at_sign_in_and_ends_nothing() {
    let app = App::start().await;
    let params = Params::new(8 * 1024, 1, 1, None).expect("weaker parameters");
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = weak.hash_password(PASSWORD.as_bytes()).expect("a hash").to_string();
    assert!(hash.contains("m=8192,t=1"));
    sqlx::query("UPDATE users SET password_hash = $1 WHERE email = 'support@techally.test'")
        .bind(&hash)
        .execute(&app.db)
        .await
        .expect("an old hash");
    let stored = || async {
        sqlx::query_scalar::<_, String>("SELECT password_hash FROM users WHERE email = 'support@techally.test'")
            .fetch_one(&app.db)
            .await
            .expect("a hash")
    };
    let link = reset_of(&app, "support").await;
    assert_eq!(signs_in(&app, "support", "wrong").await, 401);
    assert_eq!(stored().await, hash, "only who knows the password can have it hashed anew");
    let (secret, _) = with_factor(&app, "support").await;

    let browser = app.browser();
    let answer = browser.post("/login", &[("email", "support@techally.test"), ("password", PASSWORD)]).await;
    assert_eq!(answer.headers()["location"], "/login/code");
    let renewed = stored().await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    let code = totp::code_at(&secret, app.state.clock.now().unix_timestamp()).expect("a code");
    assert_eq!(browser.post("/login/code", &[("code", &code)]).await.status(), 303, "the half sign-in is not ended");
    assert_eq!(browser.get("/orders").await.status(), 200);
    assert_eq!(app.browser().get(&link).await.status(), 200, "nor is the open link");
    let answer = app.browser().post("/login", &[("email", "support@techally.test"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(stored().await, renewed, "once");
    let recorded: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM audit_log WHERE table_name = 'users' AND reason LIKE '%parameters of today')",
    )
    .fetch_one(&app.db)
    .await
    .expect("an entry");
    assert!(recorded);
}

#[tokio::test]
async fn a_new_address_is_confirmed_from_itself_and_told_to_the_old_one() {
    let app = App::start().await;
    let id = user(&app, "support").await;
    let me = person(&app.staff, id).await.expect("a person").expect("a colleague");
    let now = app.state.clock.now();
    let ctx = |proved_at| Ctx { state: app.state.clone(), me: me.clone(), request_id: "test".into(), proved_at };
    let status = |outcome: Outcome| match outcome {
        Outcome::Done(_) => 200,
        Outcome::Refused(refusal) => refusal.status,
    };
    let fresh = ctx(Some(now));
    assert_eq!(
        status(links::start_email_change(&ctx(None), "sam@nordlicht.example").await.expect("an answer")),
        403,
        "a fresh proof"
    );
    for wrong in ["", "sam", "support@techally.test", " SUPPORT@techally.test"] {
        assert_eq!(status(links::start_email_change(&fresh, wrong).await.expect("an answer")), 422, "{wrong}");
    }
    assert_eq!(status(links::start_email_change(&fresh, " Sam@Nordlicht.example ").await.expect("an answer")), 200);
    assert_eq!(mails(&app, "email", "sam@nordlicht.example").await.len(), 1, "the link goes to the new address");
    let (subject, body) = mails(&app, "notice", "support@techally.test").await.remove(0);
    assert!(subject.contains("new address") && body.contains("s•••@nordlicht.example") && !body.contains("{link}"));

    let (link, reset) = (newest(&app, "support", "email").await.expect("a link"), reset_of(&app, "support").await);
    let session = app.signed_in("support").await;
    assert!(app.browser().page(&link).await.contains("s•••@nordlicht.example"));
    assert_eq!(signs_in(&app, "support", PASSWORD).await, 303, "looking changes nothing");
    let answer = send(&app.browser(), &link, &[("confirm", "yes")]).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")),
        (303, "/login?done=email")
    );
    assert_eq!(signs_in(&app, "support", PASSWORD).await, 401);
    let answer = app.browser().post("/login", &[("email", "sam@nordlicht.example"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(session.get("/orders").await.status(), 200, "who is signed in stays so");
    assert_eq!(app.browser().get(&link).await.status(), 410);
    assert_eq!(app.browser().get(&reset).await.status(), 410, "links to the old address end");
    let told = mails(&app, "notice", "support@techally.test").await;
    assert!(told.iter().any(|(subject, _)| subject == "Your address was changed"));

    // an address that somebody has: told to who opens the link, and nothing changes
    assert_eq!(status(links::start_email_change(&fresh, "admin@techally.test").await.expect("an answer")), 200);
    let id =
        sqlx::query_scalar("SELECT id FROM access_links WHERE kind = 'email' AND used_at IS NULL AND ended_at IS NULL")
            .fetch_one(&app.db)
            .await
            .expect("a link");
    let taken = path(&app, id).await.expect("a link");
    let answer = send(&session, &taken, &[("confirm", "yes")]).await;
    assert_eq!(answer.status(), 409);
    assert_eq!(app.browser().get(&taken).await.status(), 200, "it isn't used up");
    // in the browser of its person it leads to the account
    assert_eq!(status(links::start_email_change(&fresh, "sam2@nordlicht.example").await.expect("an answer")), 200);
    let id =
        sqlx::query_scalar("SELECT id FROM access_links WHERE kind = 'email' AND used_at IS NULL AND ended_at IS NULL")
            .fetch_one(&app.db)
            .await
            .expect("a link");
    let own = path(&app, id).await.expect("a link");
    assert_eq!(session.get(&own).await.status(), 200);
    let answer = send(&session, &own, &[("confirm", "yes")]).await;
    assert_eq!(answer.headers()["location"], "/account");
    // a person's new addresses have an end
    let mut last = 0;
    for n in 0..6 {
        last = status(links::start_email_change(&fresh, &format!("n{n}@nordlicht.example")).await.expect("an answer"));
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn malformed_links_are_clear_refusals() {
    let app = App::start().await;
    let browser = app.browser();
    let good = reset_of(&app, "support").await;
    let other = reset_of(&app, "moderator").await;
    let (token, other) = (token(&good).to_owned(), token(&other).to_owned());
    let mut tokens = nonsense();
    for at in 0..token.len() {
        tokens.push(token[..at].to_owned());
        let mut changed: Vec<char> = token.chars().collect();
        changed[at] = ['0', 'f', '.', '-', 'Z', ' ', 'é', '\u{0}'][at % 8];
        tokens.push(changed.into_iter().collect());
    }
    tokens.retain(|one| *one != token);
    for (n, value) in tokens.iter().enumerate() {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("token", value).finish();
        let status = browser.get(&format!("/login/link?{query}")).await.status().as_u16();
        // an empty parameter is taken out of the address first; what is too long is no address
        assert!([404, 303, 414, 431].contains(&status), "{value:.60}: {status}");
        if n % 4 == 0 {
            for other in [("password", CHOSEN), ("confirm", "yes")] {
                let status = browser.post("/login/link", &[("token", value), other]).await.status().as_u16();
                assert!([404, 422].contains(&status), "{value:.60}: {status}");
            }
        }
    }
    for value in nonsense() {
        for fields in [
            vec![("token", other.as_str()), ("password", &value)],
            vec![("password", &value)],
            vec![("confirm", &value)],
            vec![("token", &other), ("confirm", &value)],
            vec![("email", &value)],
        ] {
            for path in ["/login/link", "/login/forgot"] {
                let status = browser.post(path, &fields).await.status().as_u16();
                assert!(status < 500, "{path} {value:.40}: {status}");
            }
            for function in ["ask_reset", "get_link", "choose_password", "confirm_address"] {
                let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
                let json = serde_json::json!({ "token": value }).to_string();
                for (kind, body) in [("application/x-www-form-urlencoded", body), ("application/json", json)] {
                    let answer = browser
                        .client
                        .post(format!("{}/api/techally/auth/api/{function}", app.url))
                        .header("origin", &app.url)
                        .header("content-type", kind)
                        .body(body)
                        .send()
                        .await
                        .expect("an answer");
                    assert!(answer.status().as_u16() < 500, "{function} {kind} {value:.40}: {}", answer.status());
                }
            }
        }
    }
    // tries with one link have an end as well
    app.state.clock.advance(Duration::from_mins(20));
    let mut last = 0;
    for _ in 0..21 {
        last = send(&browser, &good, &[("password", "weak")]).await.status().as_u16();
    }
    assert_eq!(last, 429);
    assert_eq!(signs_in(&app, "support", PASSWORD).await, 303, "nothing was changed");
}

#[tokio::test]
async fn a_sign_in_from_a_new_browser_is_told_once() {
    let app = App::start().await;
    let first = app.signed_in("support").await;
    assert!(mails(&app, "notice", "support@techally.test").await.is_empty(), "the first one is no news");
    let again = [("email", "support@techally.test"), ("password", PASSWORD)];
    assert_eq!(first.post("/login", &again).await.status(), 303);
    assert!(mails(&app, "notice", "support@techally.test").await.is_empty(), "known");
    let second = app.browser();
    let answer = second
        .client
        .post(format!("{}/login", app.url))
        .header("origin", &app.url)
        .header("user-agent", "Lynx/2.9 <b>{link}</b>")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=support%40techally.test&password=techally-demo")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 303);
    let told = mails(&app, "notice", "support@techally.test").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].1.contains("Lynx/2.9"), "{}", told[0].1);
    assert_eq!(second.post("/login", &again).await.status(), 303);
    assert_eq!(mails(&app, "notice", "support@techally.test").await.len(), 1);
}

#[tokio::test]
async fn mails_are_shown_to_who_manages_staff_and_never_where_a_mail_server_is() {
    let app = App::start_with(|config, _| config.dev_mail = true).await;
    reset_of(&app, "support").await;
    let link = newest(&app, "support", "reset").await.expect("a link");
    let page = app.signed_in("super").await.page("/dev/mail").await;
    assert!(page.contains("Choose a new password") && page.contains(&link) && page.contains("Waits"));
    for who in ["admin", "support", "moderator", "warehouse"] {
        let browser = app.signed_in(who).await;
        assert_eq!(browser.get("/dev/mail").await.status(), 404, "{who}");
        assert!(!browser.page("/").await.contains("/dev/mail"), "{who}");
    }
    assert_eq!(app.browser().get("/dev/mail").await.status(), 303);
    let with_server = app.another(|config| config.smtp_url = Some("smtp://mail.example".to_owned().into())).await;
    let browser = with_server.signed_in("super").await;
    assert_eq!(browser.get("/dev/mail").await.status(), 404);
    let answer = browser
        .client
        .post(format!("{}/api/techally/outbox/api/get_mails", browser.url))
        .header("origin", &browser.url)
        .header("content-type", "application/json")
        .body(r#"{"address":"/dev/mail"}"#)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 404);
    assert!(!answer.text().await.expect("text").contains("token="));
}
