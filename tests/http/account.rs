//! One's own account: name, picture, password, signed-in browsers, preferences; what is refused, and what others get of it.

use crate::{
    app::{App, Browser, PASSWORD},
    jobs,
};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::{io::Cursor, time::Duration};

const NEW_PASSWORD: &str = "seven lanterns under the bridge";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

async fn text(app: &App, sql: &'static str) -> Option<String> {
    sqlx::query_scalar(sql).fetch_one(&app.db).await.expect(sql)
}

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&app.db).await.expect(sql)
}

/// A browser that calls itself something, signed in as support.
async fn signed_in_with(app: &App, user_agent: &str) -> Browser {
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let browser = Browser { client, url: app.url.clone() };
    let answer = browser.post("/login", &[("email", "support@techally.test"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 303);
    browser
}

/// The same browser at another instance: its cookies go along, as the host is the same.
fn at(browser: &Browser, app: &App) -> Browser {
    Browser { client: browser.client.clone(), url: app.url.clone() }
}

async fn is_signed_in(browser: &Browser) -> bool {
    browser.get("/inbox").await.status() == 200
}

/// Sends a request with a cookie that was copied.
async fn with_cookie(url: &str, cookie: &str) -> u16 {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let answer = client.get(format!("{url}/inbox")).header("cookie", cookie).send().await;
    answer.expect("an answer").status().as_u16()
}

fn cookie_of(answer: &reqwest::Response) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let session = cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.starts_with("techally="));
    session.expect("a session's cookie").to_owned()
}

// ── name and phone ──

#[tokio::test]
async fn name_and_phone_are_changed_and_shown_at_the_next_page() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let page = browser.page("/account").await;
    for part in ["support@techally.test", "Support", "Role since", "Where you are signed in", "Second factor"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("href=\"/account\""), "the menu leads there");
    let sheet = browser.page("/account?act=profile").await;
    let version =
        sheet.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a version");
    let fields = [("version", version), ("first_name", " Zoë "), ("last_name", "O’Neil"), ("phone", "+49 40 5550 218")];
    let answer = browser.post("/account?act=profile", &fields).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (303, &"/account".parse().expect("a header"))
    );
    let page = browser.page("/account").await;
    assert!(page.contains("Zoë O’Neil") && page.contains("+49 40 5550 218") && page.contains("Saved."));
    assert!(!around(&page).is_empty() && around(&page).contains("Zoë O’Neil"), "in the menu too");

    // the same form again, drawn before: another changed the same field meanwhile
    let fields = [("version", version), ("first_name", "Zora"), ("last_name", "O’Neil"), ("phone", "+49 40 5550 218")];
    let answer = browser.post("/account?act=profile", &fields).await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("set it to “Zoë”") && page.contains("value=\"Zora\""), "both are shown");
    assert_eq!(
        text(&app, "SELECT first_name FROM users WHERE email = 'support@techally.test'").await.as_deref(),
        Some("Zoë")
    );

    let long = "x".repeat(101);
    for (first, phone, words) in [
        ("", "", "This is needed."),
        (long.as_str(), "", "At most 100 characters"),
        ("A\u{7}", "", "on one line"),
        ("Zoë", "call me", "Digits, spaces"),
        ("Zoë", "+49 40 5550 218 0000 0000", "at most 20"),
    ] {
        let fields = [("version", "99"), ("first_name", first), ("last_name", "O’Neil"), ("phone", phone)];
        let answer = browser.post("/account?act=profile", &fields).await;
        assert_eq!(answer.status(), 422, "{first:.10} {phone}");
        assert!(answer.text().await.expect("a page").contains(words), "{words}");
    }
}

fn around(page: &str) -> &str {
    page.split_once("<main").expect("a page with content").0
}

#[tokio::test]
async fn another_phone_number_asks_who_it_is_and_a_name_does_not() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    app.state.clock.advance(Duration::from_mins(11));
    let phone = text(&app, "SELECT coalesce(phone_number, '') FROM users WHERE email = 'support@techally.test'").await;
    let phone = phone.unwrap_or_default();
    let change = [("version", "99"), ("first_name", "Ann"), ("last_name", "Bee")];
    let same = [&change[..], &[("phone", phone.as_str())]].concat();
    assert_eq!(browser.post("/account?act=profile", &same).await.status(), 303);
    let other = [&change[..], &[("phone", "+1 555 0100")]].concat();
    let answer = browser.post("/account?act=profile", &other).await;
    assert_eq!(answer.status(), 403);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("Confirm that it is you") && page.contains("value=\"+1 555 0100\""), "kept, and asked");
    let wrong = [&other[..], &[("proof", "not my password")]].concat();
    let answer = browser.post("/account?act=profile", &wrong).await;
    assert_eq!(answer.status(), 403);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("neither your password nor a code"), "beside the field");
    let proved = [&other[..], &[("proof", PASSWORD)]].concat();
    assert_eq!(browser.post("/account?act=profile", &proved).await.status(), 303);
    let kept = text(&app, "SELECT phone_number FROM users WHERE email = 'support@techally.test'").await;
    assert_eq!(kept.as_deref(), Some("+1 555 0100"));
}

// ── password ──

fn change_of_password<'a>(current: &'a str, new: &'a str) -> [(&'static str, &'a str); 3] {
    [("current_password", current), ("new_password", new), ("new_password_again", new)]
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_renews_this_one() {
    let app = App::start().await;
    let elsewhere = app.another(|_| {}).await;
    let other = at(&app.signed_in("support").await, &elsewhere);
    let colleague = app.signed_in("admin").await;
    let browser = app.browser();
    let answer = browser.post("/login", &[("email", "support@techally.test"), ("password", PASSWORD)]).await;
    let old = cookie_of(&answer);
    assert!(is_signed_in(&other).await && with_cookie(&app.url, &old).await == 200);
    let began = text(&app, "SELECT max(expires_at)::text FROM user_sessions").await;

    let answer = browser.post("/account?act=password", &change_of_password(PASSWORD, NEW_PASSWORD)).await;
    assert_eq!(answer.status(), 303);
    let new = cookie_of(&answer);
    let page = browser.page("/account").await;
    assert!(
        page.contains("Your password is changed.")
            && page.contains("Last changed")
            && page.contains("Password changed")
    );
    let told = "SELECT string_agg(recipient || ': ' || subject, '') FROM mails WHERE kind = 'notice'";
    assert!(
        text(&app, told).await.is_some_and(|told| told.contains("support@techally.test: Your password was changed"))
    );
    assert_ne!(old, new, "a new id");
    assert_eq!(with_cookie(&app.url, &old).await, 303, "the old cookie is dead");
    assert_eq!(with_cookie(&elsewhere.url, &old).await, 303, "on the other instance as well");
    assert!(!is_signed_in(&other).await, "another browser of the same person, on the other instance");
    assert_eq!(with_cookie(&elsewhere.url, &new).await, 200, "this browser goes on, everywhere");
    assert!(is_signed_in(&browser).await && is_signed_in(&colleague).await, "and colleagues");
    let ends = text(
        &app,
        "SELECT expires_at::text FROM user_sessions s JOIN users u ON u.id = s.user_id
         WHERE u.email = 'support@techally.test' AND revoked_at IS NULL",
    );
    assert_eq!(
        ends.await.map(|end| end[..19].to_owned()),
        began.map(|end| end[..19].to_owned()),
        "no later than it would have"
    );
    let sign_in = async |password| {
        app.browser().post("/login", &[("email", "support@techally.test"), ("password", password)]).await.status()
    };
    assert_eq!((sign_in(PASSWORD).await.as_u16(), sign_in(NEW_PASSWORD).await.as_u16()), (401, 303));
    let kept = text(&app, "SELECT string_agg(a::text, '') FROM audit_log a").await.unwrap_or_default();
    assert!(!kept.contains(NEW_PASSWORD) && !kept.contains("argon2id"), "nothing of it is in the trail");
}

#[tokio::test]
async fn wrong_passwords_change_nothing_and_are_limited() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let hash = text(&app, "SELECT password_hash FROM users WHERE email = 'support@techally.test'").await;
    let long = "x".repeat(129);
    let cases: [([(&str, &str); 3], &str); 5] = [
        (change_of_password("", NEW_PASSWORD), "Enter the password that you have now."),
        (change_of_password(PASSWORD, "short"), "12"),
        (change_of_password(PASSWORD, &long), "128"),
        (change_of_password(PASSWORD, PASSWORD), "This is the password that you have now."),
        (
            [("current_password", PASSWORD), ("new_password", NEW_PASSWORD), ("new_password_again", "another")],
            "This isn’t the same as above.",
        ),
    ];
    for (fields, words) in &cases {
        let answer = browser.post("/account?act=password", fields).await;
        assert_eq!(answer.status(), 422, "{words}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(words), "{words}");
        assert!(!page.contains(NEW_PASSWORD) && !page.contains(&long), "what was typed isn't shown again");
    }
    for _ in 0..10 {
        let answer = browser.post("/account?act=password", &change_of_password("a wrong one", NEW_PASSWORD)).await;
        assert_eq!(answer.status(), 422);
        assert!(answer.text().await.expect("a page").contains("This isn’t your password."));
    }
    let answer = browser.post("/account?act=password", &change_of_password(PASSWORD, NEW_PASSWORD)).await;
    assert_eq!(answer.status(), 429, "now the right one doesn't help");
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(text(&app, "SELECT password_hash FROM users WHERE email = 'support@techally.test'").await, hash);
    assert!(count(&app, "SELECT count(*) FROM user_activity WHERE action_type = 'proof_failed'").await == 10);
    assert!(is_signed_in(&browser).await);
    app.state.clock.advance(Duration::from_mins(6));
    assert_eq!(browser.post("/account?act=password", &change_of_password(PASSWORD, NEW_PASSWORD)).await.status(), 303);
}

// ── signed-in browsers ──

/// The id in the button that signs a browser out.
fn button_of(page: &str, words: &str) -> String {
    let before = page.split(words).next().filter(|before| before.len() < page.len()).expect("a button");
    let value = before.rsplit("name=\"change\" value=\"").next().expect("its value");
    value.split('"').next().expect("an end").to_owned()
}

#[tokio::test]
async fn one_session_or_all_others_are_ended_from_the_list() {
    let app = App::start().await;
    let elsewhere = app.another(|_| {}).await;
    let browser = app.signed_in("support").await;
    let firefox = signed_in_with(&app, FIREFOX).await;
    let third = signed_in_with(&app, "curl/8").await;
    let colleague = app.signed_in("admin").await;
    let page = browser.page("/account").await;
    assert!(page.contains("Firefox on Windows") && page.contains("Unknown browser, this one"), "devices in words");
    assert!(page.contains("127.0.0.1, the network you are in now"), "places in words");
    assert!(!page.contains("Mozilla/5.0"), "not what browsers call themselves");
    let id = button_of(&page, "Sign out Firefox on Windows");
    let answer = browser.post("/account", &[("sessions", "1"), ("change", &id)]).await;
    assert_eq!(answer.status(), 303);
    assert!(
        !is_signed_in(&at(&firefox, &elsewhere)).await && !is_signed_in(&firefox).await,
        "at its next click, everywhere"
    );
    assert!(is_signed_in(&third).await && is_signed_in(&browser).await, "the others stay");
    assert!(!browser.page("/account").await.contains("Sign out Firefox"));

    // another's session is nobody's to end
    let others = text(
        &app,
        "SELECT s.id::text FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE u.email = 'admin@techally.test' AND s.revoked_at IS NULL",
    );
    let others = others.await.expect("a session");
    browser.post("/account", &[("sessions", "1"), ("change", &others)]).await;
    assert!(is_signed_in(&colleague).await);
    assert_eq!(browser.post("/account", &[("sessions", "1"), ("change", "x")]).await.status(), 422);

    // who finds the browser open later is asked
    app.state.clock.advance(Duration::from_mins(11));
    let answer = browser.post("/account", &[("sessions", "1"), ("change", "others")]).await;
    assert_eq!(answer.status(), 403);
    assert!(is_signed_in(&third).await);
    let answer = browser.post("/account", &[("sessions", "1"), ("change", "others"), ("proof", PASSWORD)]).await;
    assert_eq!(answer.status(), 303);
    assert!(!is_signed_in(&at(&third, &elsewhere)).await, "all others");
    assert!(is_signed_in(&browser).await && is_signed_in(&at(&browser, &elsewhere)).await, "but this one");
    assert!(is_signed_in(&colleague).await);
}

#[tokio::test]
async fn wrong_proofs_are_told_beside_the_button_that_asked() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let (_one, _two) = (signed_in_with(&app, FIREFOX).await, signed_in_with(&app, "curl/8").await);
    app.state.clock.advance(Duration::from_mins(11));
    let id = button_of(&browser.page("/account").await, "Sign out Firefox on Windows");
    let answer = browser.post("/account", &[("sessions", "1"), ("change", &id), ("proof", "wrong")]).await;
    assert_eq!(answer.status(), 403);
    let page = answer.text().await.expect("a page");
    assert_eq!(page.matches("Confirm that it is you").count(), 1, "of one form only");
    assert!(page.contains("neither your password nor a code"), "the reason is beside its field");
    assert!(page.contains(&format!("id=\"end_sessions-{id}-proof\"")), "the field is the form's own");
}

#[tokio::test]
async fn tries_on_the_account_are_shown_to_its_owner() {
    let app = App::start().await;
    for _ in 0..2 {
        app.browser().post("/login", &[("email", "support@techally.test"), ("password", "guess")]).await;
    }
    let page = app.signed_in("support").await.page("/account").await;
    let card = page.split("Recent sign-ins").nth(1).and_then(|rest| rest.split("</section>").next()).expect("a card");
    // the demo shop's own sign-ins are there as well
    assert!(card.matches("Wrong password").count() == 2 && card.contains("Signed in"), "{card}");
    assert!(!app.signed_in("admin").await.page("/account").await.contains("Wrong password"), "and to nobody else");
}

// ── preferences ──

const PREFERENCES: [(&str, &str); 8] = [
    ("time_zone", "America/New_York"),
    ("locale", "en-US"),
    ("theme", "dark"),
    ("density", "relaxed"),
    ("start_page", "/orders"),
    ("mention", "no"),
    ("assignment", "yes"),
    ("job", "no"),
];

fn with<'a>(field: &'static str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    PREFERENCES.into_iter().map(|(name, usual)| (name, if name == field { value } else { usual })).collect()
}

#[tokio::test]
async fn preferences_show_at_the_next_page_and_the_next_sign_in() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let sheet = browser.page("/account?act=preferences").await;
    assert!(sheet.contains(">Europe/Berlin<") && sheet.contains(">America/New York<"), "zones to choose");
    let answer = browser.post("/account?act=preferences", &PREFERENCES).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")), (303, "/account"));
    let page = browser.page("/account").await;
    let html = page.split_once("<head>").expect("a head").0;
    assert!(html.contains("data-theme=\"dark\"") && html.contains("data-density=\"relaxed\""), "{html}");
    for part in ["America/New York", "Nov 21, 2026 (American)", "Your preferences are saved."] {
        assert!(page.contains(part), "{part}");
    }
    // each time of a page: month first, five or four hours before London
    let mut times = Vec::new();
    for part in page.split("<time datetime=\"").skip(1) {
        let utc = part.split('"').next().expect("a time");
        let shown = part.split('>').nth(1).and_then(|rest| rest.split('<').next()).expect("words");
        let at = time::OffsetDateTime::parse(utc, &time::format_description::well_known::Rfc3339).expect("RFC 3339");
        let zone = techally::stamp::Zone::named("America/New_York").with_locale("en-US");
        assert_eq!(shown, zone.stamp(at).short, "{utc}");
        times.push(shown.to_owned());
    }
    assert!(times.len() >= 2, "{times:?}");
    assert!(times.iter().all(|time| time.starts_with(|first: char| first.is_ascii_uppercase())), "{times:?}");

    let again = app.browser();
    let to = async |next: &'static str| {
        let fields = [("email", "support@techally.test"), ("password", PASSWORD), ("next", next)];
        again.post("/login", &fields).await.headers()["location"].to_str().expect("text").to_owned()
    };
    assert_eq!((to("").await.as_str(), to("/inbox").await.as_str()), ("/orders", "/inbox"));
    // a page that the role may no longer open is no place to begin
    sqlx::query("UPDATE users SET role = 'moderator' WHERE email = 'support@techally.test'")
        .execute(&app.db)
        .await
        .expect("another role");
    assert_eq!(to("").await, "/");
}

#[tokio::test]
async fn preferences_are_of_the_list_or_not_kept() {
    let app = App::start().await;
    let browser = app.signed_in("moderator").await;
    for (field, value) in [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "europe/berlin"),
        ("time_zone", "../../etc/passwd"),
        ("locale", "xx-XX"),
        ("theme", "<script>"),
        ("density", "tight"),
        ("start_page", "//evil.example"),
        ("start_page", "/orders"), // a moderator may not open it
        ("start_page", "/account"),
        ("mention", "maybe"),
        ("job", ""),
    ] {
        let mut fields = with(field, value);
        if field != "start_page" {
            fields.retain(|(name, _)| *name != "start_page");
            fields.push(("start_page", "/inbox"));
        }
        let answer = browser.post("/account?act=preferences", &fields).await;
        assert_eq!(answer.status(), 422, "{field}={value}");
        assert!(answer.text().await.expect("a page").contains("Choose one of the list."), "{field}={value}");
    }
    let kept = "SELECT count(*) FROM user_preferences p JOIN users u ON u.id = p.user_id
                WHERE u.email = 'moderator@techally.test' AND (time_zone <> 'Europe/Berlin' OR locale <> 'en-GB' OR start_page <> '/')";
    assert_eq!(count(&app, kept).await, 0);
}

#[tokio::test]
async fn who_does_not_want_to_be_told_finds_nothing_in_the_inbox() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let items =
        "SELECT count(*) FROM inbox_items i JOIN users u ON u.id = i.user_id WHERE u.email = 'support@techally.test'";
    let before = count(&app, items).await;
    let path = format!("/orders/{order}");
    admin.post(&path, &[("note", "@support look at this")]).await;
    assert_eq!(count(&app, items).await, before + 1, "told until they say no");
    let wish = |mention, assignment| {
        let mut fields = with("mention", mention);
        fields.retain(|(name, _)| *name != "assignment");
        fields.push(("assignment", assignment));
        fields
    };
    assert_eq!(support.post("/account?act=preferences", &wish("no", "no")).await.status(), 303);
    admin.post(&path, &[("note", "@support and at this")]).await;
    let assign = async |who: &str| {
        let id: String = sqlx::query_scalar("SELECT id::text FROM users WHERE email = $1")
            .bind(format!("{who}@techally.test"))
            .fetch_one(&app.db)
            .await
            .expect("a person");
        let version = app.status(order).await.1.to_string();
        let answer = admin.post(&path, &[("assignee", &id), ("version", &version)]).await;
        assert_eq!(answer.status(), 303, "given to {who}");
        admin.page(&path).await
    };
    let page = assign("support").await;
    assert!(
        page.contains("takes care of the order now.") && !page.contains("finds it in the inbox"),
        "and nobody says so"
    );
    assert_eq!(count(&app, items).await, before + 1);
    assert_eq!(support.post("/account?act=preferences", &wish("yes", "yes")).await.status(), 303);
    assign("admin").await;
    let page = assign("support").await;
    assert!(page.contains("finds it in the inbox"));
    admin.post(&path, &[("note", "@support again")]).await;
    assert_eq!(count(&app, items).await, before + 3);
}

#[tokio::test]
async fn an_owner_who_does_not_want_it_is_not_told_of_the_end_of_a_job() {
    let app = App::start().await;
    tokio::spawn(techally::jobs::runner::run(app.state.clone()));
    let support = app.signed_in("support").await;
    let order = app.order_in("DELIVERED").await.to_string();
    let colleague =
        text(&app, "SELECT id::text FROM users WHERE email = 'warehouse@techally.test'").await.expect("an id");
    let told = "SELECT count(*) FROM inbox_items i JOIN users u ON u.id = i.user_id WHERE i.kind = 'job' AND u.email = 'support@techally.test'";
    let before = count(&app, told).await;
    for (wish, more) in [("no", 0), ("yes", 1)] {
        assert_eq!(support.post("/account?act=preferences", &with("job", wish)).await.status(), 303);
        let job = jobs::preview(&support, &[("bulk", "assign"), ("ids", &order), ("assignee", &colleague)]).await;
        // gone between the preview and the run: its row fails, which is told
        let state = async |state: &str| {
            let sql = "UPDATE users SET status = $1 WHERE email = 'warehouse@techally.test'";
            sqlx::query(sql).bind(state).execute(&app.db).await.expect("a state");
        };
        state("suspended").await;
        jobs::change(&support, job, "run").await;
        jobs::until(&app, job, &["done"]).await;
        state("active").await;
        assert_eq!(count(&app, told).await, before + more, "{wish}");
    }
}

// ── picture ──

fn drawn(width: u32, height: u32) -> DynamicImage {
    let colour = |n: u32| u8::try_from(n % 256).expect("below 256");
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| Rgb([colour(x), colour(y), 90])))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).expect("a picture");
    bytes
}

/// A chunk of a PNG.
fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let mut crc = 0xffff_ffff_u32;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [&u32::try_from(data.len()).expect("short").to_be_bytes()[..], kind, data, &(!crc).to_be_bytes()].concat()
}

/// A PNG whose head says how large it is, with whatever as its contents.
fn png_that_says(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &head), &chunk(b"IDAT", data), &chunk(b"IEND", b"")].concat()
}

async fn send(browser: &Browser, name: &str, kind: &str, file: &[u8]) -> reqwest::Response {
    let head = format!(
        "--frontier\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--frontier--\r\n"].concat();
    send_body(browser, "multipart/form-data; boundary=frontier", body).await
}

async fn send_body(browser: &Browser, kind: &str, body: Vec<u8>) -> reqwest::Response {
    let post = browser.client.post(format!("{}/account/avatar", browser.url)).header("origin", &browser.url);
    post.header("content-type", kind).body(body).send().await.expect("an answer")
}

async fn avatar_of(app: &App, who: &str) -> Option<String> {
    sqlx::query_scalar("SELECT avatar_url FROM users WHERE email = $1")
        .bind(format!("{who}@techally.test"))
        .fetch_one(&app.db)
        .await
        .expect("a person")
}

#[tokio::test]
async fn a_picture_is_drawn_anew_and_shown_to_colleagues_only() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    assert!(browser.page("/account/avatar").await.contains("multipart/form-data"));
    let page = browser.page("/").await;
    assert!(around(&page).contains("class=\"avatar\"") && !around(&page).contains("<img"), "initials so far");
    // a JPEG with a camera's words: where it was taken, and a script behind its end
    let jpeg = encoded(&drawn(900, 600), ImageFormat::Jpeg);
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0SECRET-PLACE 53.5511 9.9937";
    let marker = [&[0xff, 0xe1][..], &u16::try_from(exif.len() + 2).expect("short").to_be_bytes(), exif].concat();
    let sent = [&jpeg[..2], &marker, &jpeg[2..], b"<script>alert(1)</script>"].concat();
    let answer = send(&browser, "me.jpg", "image/jpeg", &sent).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")), (303, "/account"));
    let address = avatar_of(&app, "support").await.expect("an address");
    let page = browser.page("/account").await;
    assert!(page.contains("Colleagues see your new picture."));
    assert!(around(&page).contains(&format!("src=\"{address}\"")), "in the menu");

    let answer = browser.get(&address).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, max-age=3600, immutable"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    assert!(answer.headers()["content-security-policy"].to_str().expect("text").contains("sandbox"));
    let kept = answer.bytes().await.expect("a picture");
    for trace in [&b"SECRET-PLACE"[..], b"Exif", b"script"] {
        assert!(!kept.windows(trace.len()).any(|window| window == trace), "{}", String::from_utf8_lossy(trace));
    }
    assert_ne!(kept.as_ref(), sent.as_slice());
    let seen = image::load_from_memory(&kept).expect("a picture");
    assert_eq!((seen.width(), seen.height()), (256, 256));

    assert_eq!(app.signed_in("moderator").await.get(&address).await.status(), 200, "a colleague");
    let stranger = app.browser().get(&address).await;
    assert!(stranger.status() == 303 || stranger.status() == 401, "a stranger: {}", stranger.status());
    for nobody in ["/avatars/00000000-0000-0000-0000-000000000000", "/avatars/x", "/avatars/..%2f..%2fetc"] {
        assert_eq!(browser.get(nobody).await.status(), 404, "{nobody}");
    }

    // another takes its place: the first is given up; then none
    let first = address.rsplit('/').next().expect("an id").to_owned();
    let answer = send(&browser, "me.png", "image/png", &encoded(&drawn(64, 300), ImageFormat::Png)).await;
    assert_eq!(answer.status(), 303);
    let second = avatar_of(&app, "support").await.expect("an address");
    assert_ne!(second, address);
    assert_eq!(browser.get(&address).await.status(), 404, "the first is gone");
    let state: String = sqlx::query_scalar("SELECT state FROM files WHERE id = $1::uuid")
        .bind(&first)
        .fetch_one(&app.db)
        .await
        .expect("a file");
    assert_eq!(state, "gone");
    let answer = browser.post("/account", &[("picture", "1"), ("change", "picture")]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(avatar_of(&app, "support").await, None);
    assert_eq!(browser.get(&second).await.status(), 404);
    assert_eq!(count(&app, "SELECT count(*) FROM files WHERE purpose = 'avatar' AND state <> 'gone'").await, 0);
}

#[tokio::test]
async fn hostile_files_are_refused_beside_the_field_and_change_nothing() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let whole = encoded(&drawn(500, 500), ImageFormat::Png);
    assert_eq!(send(&browser, "me.png", "image/png", &whole).await.status(), 303);
    let before = avatar_of(&app, "support").await;
    let mut too_large = encoded(&drawn(100, 100), ImageFormat::Jpeg);
    too_large.resize(6 << 20, 0);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let html = b"<!DOCTYPE html><script>alert(1)</script>";
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    // a head that says twenty thousand by twenty thousand, and one within the sides but not the bytes
    let bomb = png_that_says(20_000, 20_000, &[0x78, 0x9c, 0x63, 0, 0]);
    let field = png_that_says(9_999, 9_999, &[0x78, 0x9c, 0x63, 0, 0]);
    let cases: [(&str, &str, &[u8], u16, &str); 10] = [
        ("me.svg", "image/svg+xml", svg, 422, "no PNG, JPEG or WebP"),
        ("me.png", "image/png", svg, 422, "no PNG, JPEG or WebP"),
        ("me.png", "image/png", html, 422, "no PNG, JPEG or WebP"),
        ("me.gif", "image/gif", gif, 422, "no PNG, JPEG or WebP"),
        ("me.png", "image/png", &whole[..whole.len() / 2], 422, "can’t be read as a picture"),
        ("me.png", "image/png", &whole[..20], 422, "can’t be read as a picture"),
        ("me.png", "image/png", &bomb, 422, "too many pixels"),
        ("me.png", "image/png", &field, 422, "too many pixels"),
        ("me.jpg", "image/jpeg", &too_large, 413, "larger than 5 MB"),
        ("", "application/octet-stream", b"", 422, "Choose a picture first."),
    ];
    let started = std::time::Instant::now();
    for (name, kind, file, status, words) in cases {
        let answer = send(&browser, name, kind, file).await;
        assert_eq!(answer.status(), status, "{name} {words}");
        let page = answer.text().await.expect("a page").replace("<!>", "");
        assert!(page.contains("Your picture was not changed.") && page.contains(words), "{name} {words}");
        let beside = page.split("id=\"upload-picture-error\"").nth(1).expect("an error beside the field");
        assert!(beside.split("</p>").next().is_some_and(|error| error.contains(words)), "{name} {words}");
        assert!(page.contains("</html>"));
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(avatar_of(&app, "support").await, before);
    assert_eq!(count(&app, "SELECT count(*) FROM files WHERE purpose = 'avatar' AND state <> 'gone'").await, 1);

    // no such form
    for (kind, body, status) in [
        ("application/x-www-form-urlencoded", &b"picture=x"[..], 415),
        ("application/json", b"{}", 415),
        ("image/png", &whole, 415),
        ("multipart/form-data", b"--x", 400),
        ("multipart/form-data; boundary=frontier", b"nothing of the kind", 400),
        (
            "multipart/form-data; boundary=frontier",
            b"--frontier\r\ncontent-disposition: form-data; name=\"other\"\r\n\r\nx\r\n--frontier--\r\n",
            422,
        ),
    ] {
        assert_eq!(send_body(&browser, kind, body.to_vec()).await.status(), status, "{kind}");
    }
    assert_eq!(avatar_of(&app, "support").await, before);
}

#[tokio::test]
async fn pictures_come_from_our_own_page_and_from_who_is_signed_in() {
    let app = App::start().await;
    let picture = encoded(&drawn(50, 50), ImageFormat::Png);
    let answer = send(&app.browser(), "me.png", "image/png", &picture).await;
    assert_eq!(answer.status(), 303, "a stranger");
    assert!(answer.headers()["location"].to_str().expect("text").starts_with("/login"));
    let browser = app.signed_in("support").await;
    let body = || {
        [
            &b"--x\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n"[..],
            &picture,
            b"\r\n--x--\r\n",
        ]
        .concat()
    };
    for origin in [Some("https://evil.example"), Some("null"), None] {
        let mut post = browser
            .client
            .post(format!("{}/account/avatar", app.url))
            .header("content-type", "multipart/form-data; boundary=x");
        if let Some(origin) = origin {
            post = post.header("origin", origin);
        }
        assert_eq!(post.body(body()).send().await.expect("an answer").status(), 403, "{origin:?}");
    }
    assert_eq!(avatar_of(&app, "support").await, None);
    // not even from a page of ours to anything but this address
    let other = browser.client.post(format!("{}/account", app.url)).header("origin", &app.url);
    let answer =
        other.header("content-type", "multipart/form-data; boundary=x").body(body()).send().await.expect("an answer");
    assert_eq!(answer.status(), 415);
}

#[tokio::test]
async fn another_address_needs_a_proof_and_its_link() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    assert!(browser.page("/account?act=email").await.contains("New e-mail address"));
    let change = [("email", "new.address@techally.test")];
    app.state.clock.advance(Duration::from_mins(11));
    let answer = browser.post("/account?act=email", &change).await;
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.expect("a page").contains("Confirm that it is you"));
    assert_eq!(count(&app, "SELECT count(*) FROM access_links WHERE kind = 'email'").await, 0);
    let answer = browser.post("/account?act=email", &[change[0], ("proof", PASSWORD)]).await;
    assert_eq!(answer.status(), 303);
    assert!(browser.page("/account").await.contains("A mail with a link went to new.address@techally.test."));
    let sent = "SELECT string_agg(kind || ' to ' || recipient, ', ' ORDER BY kind) FROM mails WHERE kind IN ('email', 'notice')";
    let sent = text(&app, sent).await;
    assert_eq!(sent.as_deref(), Some("email to new.address@techally.test, notice to support@techally.test"));
    // the link is opened in links.rs; until then nothing changed
    assert_eq!(count(&app, "SELECT count(*) FROM users WHERE email = 'support@techally.test'").await, 1);
}
