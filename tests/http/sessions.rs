//! Sessions: their limits, what a revoked one can still do, and what was typed when one had ended.

use crate::app::{App, Browser, PASSWORD};
use std::time::Duration;
use time::OffsetDateTime;

const MINUTE: Duration = Duration::from_mins(1);

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&app.db).await.expect(sql)
}

#[tokio::test]
async fn half_an_hour_without_use_ends_a_session_and_use_does_not() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    for _ in 0..4 {
        app.state.clock.advance(20 * MINUTE);
        assert_eq!(browser.get("/orders").await.status(), 200);
        // the last use is noted beside the request
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    app.state.clock.advance(31 * MINUTE);
    assert_eq!(browser.get("/orders").await.status(), 303);
}

#[tokio::test]
async fn twelve_hours_end_a_session_however_much_it_is_used() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    for n in 0..36 {
        assert_eq!(browser.get("/").await.status(), 200, "after {} minutes", n * 20);
        app.state.clock.advance(20 * MINUTE);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    assert_eq!(browser.get("/").await.status(), 303, "after 12 hours");
}

#[tokio::test]
async fn a_session_revoked_with_a_request_in_flight_stays_dead() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    let mut lock = app.db.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE").bind(id).execute(&mut *lock).await.expect("a lock");
    let in_flight = {
        let browser = Browser { client: browser.client.clone(), url: browser.url.clone() };
        // its end saves a message for the next page into the session
        tokio::spawn(async move { browser.post(&format!("/orders/{id}"), &[("note", "in flight")]).await.status() })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    sqlx::query("UPDATE user_sessions SET revoked_at = now()").execute(&app.db).await.expect("revoked");
    lock.rollback().await.expect("released");
    assert_eq!(in_flight.await.expect("an answer"), 303);
    assert_eq!(browser.get("/orders").await.status(), 303, "the next click");
    assert_eq!(count(&app, "SELECT count(*) FROM user_sessions WHERE revoked_at IS NULL").await, 0);
}

/// Signs in with what the sign-in page would send, and follows to where it leads.
async fn sign_in_again(browser: &Browser, who: &str, login: &str) -> (String, String) {
    let next = form_urlencoded::parse(login.split_once('?').expect("a query").1.as_bytes())
        .find(|(name, _)| name == "next")
        .expect("a way back")
        .1
        .into_owned();
    let email = format!("{who}@techally.test");
    let answer = browser.post("/login", &[("email", &email), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().expect("text").to_owned();
    let page = browser.page(&to).await;
    (to, page)
}

#[tokio::test]
async fn what_was_typed_when_the_session_ended_is_given_back_to_the_same_person() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let path = format!("/orders/{id}");
    let text = "Long & <b>dear</b> words </textarea>";
    let expired = async |who: &str| {
        let browser = app.signed_in(who).await;
        app.state.clock.advance(31 * MINUTE);
        let answer = browser.post(&path, &[("note", text), ("password", "not-kept")]).await;
        assert_eq!(answer.status(), 303);
        let login = answer.headers()["location"].to_str().expect("text").to_owned();
        assert!(login.starts_with("/login?next=%2Forders%2F") && login.contains("kept"), "{login}");
        (browser, login)
    };
    let (browser, login) = expired("support").await;
    let (to, page) = sign_in_again(&browser, "support", &login).await;
    assert!(page.contains("Long &amp; &lt;b&gt;dear&lt;/b&gt; words &lt;/textarea&gt;"), "the text is in its field");
    assert!(page.contains("You were signed out before this was sent"), "and it is said why");
    assert_eq!(count(&app, "SELECT count(*) FROM order_notes WHERE body LIKE 'Long%'").await, 0, "never sent for them");
    assert!(!page.contains("not-kept"));
    assert_eq!(count(&app, "SELECT count(*) FROM kept_forms WHERE fields::text LIKE '%not-kept%'").await, 0);
    let answer = browser.post(&to, &[("note", text)]).await;
    assert_eq!(answer.status(), 303, "sent from the page where it came back");
    assert_eq!(count(&app, "SELECT count(*) FROM order_notes WHERE body LIKE 'Long%'").await, 1);

    // a colleague on the same machine doesn't see it, and after ten minutes nobody does
    let (browser, login) = expired("support").await;
    let (_, page) = sign_in_again(&browser, "admin", &login).await;
    assert!(!page.contains("You were signed out before"), "another person");
    let (browser, login) = expired("support").await;
    app.state.clock.advance(11 * MINUTE);
    let (_, page) = sign_in_again(&browser, "support", &login).await;
    assert!(!page.contains("You were signed out before"), "too late");
}

#[tokio::test]
async fn strangers_leave_nothing_behind_and_a_person_little() {
    let app = App::start().await;
    let path = format!("/orders/{}", app.order_in("CONFIRMED").await);
    let answer = app.browser().post(&path, &[("note", "x")]).await;
    assert!(!answer.headers()["location"].to_str().expect("text").contains("kept"));
    assert_eq!(count(&app, "SELECT count(*) FROM kept_forms").await, 0);
    let client = app.signed_in("support").await.client;
    let session = client.get(format!("{}/orders", app.url)).send().await.expect("an answer");
    assert_eq!(session.status(), 200);
    let browser = Browser { client, url: app.url.clone() };
    sqlx::query("UPDATE user_sessions SET revoked_at = now()").execute(&app.db).await.expect("revoked");
    let token = "techally=AAAAAAAAAAAAAAAAAAAAAA";
    for _ in 0..9 {
        // a cookie of ours, as a tab would send it that doesn't know that it is over
        browser.post(&path, &[("note", "x")]).await;
        let forged = app.browser().client.post(format!("{}{path}", app.url)).header("cookie", token);
        let forged = forged.header("origin", &app.url).header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(forged.body("note=x").send().await.expect("an answer").status(), 303);
    }
    assert!(count(&app, "SELECT count(*) FROM kept_forms").await <= 6);
}

#[tokio::test]
async fn what_is_old_is_deleted() {
    let app = App::start().await;
    app.signed_in("support").await;
    app.signed_in("admin").await;
    let now = OffsetDateTime::now_utc();
    sqlx::query("UPDATE user_sessions SET expires_at = now() - interval '31 days' WHERE user_id = (SELECT id FROM users WHERE email = 'admin@techally.test')")
        .execute(&app.db)
        .await
        .expect("an old one");
    sqlx::query("INSERT INTO kept_forms (user_id, path, form, fields, kept_at) SELECT id, '/', 'f', '{}', now() - interval '16 minutes' FROM users LIMIT 1")
        .execute(&app.db)
        .await
        .expect("an old form");
    assert_eq!(techally::server::sessions::count_old(&app.staff, now).await.expect("counted"), 1);
    let mut connection = app.staff.acquire().await.expect("a connection");
    assert_eq!(techally::server::sessions::delete_old(&mut connection, now).await.expect("deleted"), 1);
    assert_eq!(techally::server::sessions::forget_browsers(&app.staff, now).await.expect("forgotten"), 1);
    assert_eq!(count(&app, "SELECT count(*) FROM user_sessions").await, 1, "the living one stays");
    assert_eq!(techally::server::sessions::delete_old(&mut connection, now).await.expect("again"), 0);
    assert_eq!(techally::server::sessions::forget_browsers(&app.staff, now).await.expect("again"), 0);
}
