//! What open pages are told: who else is here, what changed; by two servers on one database.

use crate::app::{App, Browser};
use std::{sync::Arc, time::Duration};
use techally::live::hub;

/// Waits until a server hears the database.
async fn listening(app: &App) {
    tokio::spawn(hub::run(Arc::clone(&app.state.hub), app.state.config.database_url.clone()));
    let mut hints = app.state.hub.listen();
    for _ in 0..200 {
        sqlx::raw_sql("SELECT pg_notify('techally_live', 'inbox 00000000-0000-0000-0000-000000000001 -')")
            .execute(&app.db)
            .await
            .expect("told");
        if tokio::time::timeout(Duration::from_millis(100), hints.recv()).await.is_ok() {
            return;
        }
    }
    panic!("the server hears nothing");
}

/// A page says that somebody looks at an order.
async fn beat(browser: &Browser, order: uuid::Uuid) -> reqwest::Response {
    browser
        .client
        .post(format!("{}/api/techally/live/api/here", browser.url))
        .header("origin", &browser.url)
        .header("content-type", "application/json")
        .body(format!(r#"{{"order":"{order}"}}"#))
        .send()
        .await
        .expect("an answer")
}

async fn here(browser: &Browser, order: uuid::Uuid) -> Vec<String> {
    let answer = beat(browser, order).await;
    assert_eq!(answer.status(), 200);
    serde_json::from_str(&answer.text().await.expect("a body")).expect("names")
}

/// Reads a stream until it has said this.
async fn says(stream: &mut reqwest::Response, wanted: &str) -> String {
    let mut heard = String::new();
    let all = async {
        while !heard.contains(wanted) {
            let Ok(Some(bytes)) = stream.chunk().await else { break };
            heard.push_str(&String::from_utf8_lossy(&bytes));
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(10), all).await;
    heard
}

#[tokio::test]
async fn colleagues_on_the_same_order_know_of_each_other_across_servers() {
    let app = App::start().await;
    let second = app.another(|_| {}).await;
    listening(&app).await;
    listening(&second).await;
    let id = app.order_in("CONFIRMED").await;
    let (support, admin) = (app.signed_in("support").await, second.signed_in("admin").await);
    assert_eq!(here(&support, id).await, Vec::<String>::new());
    let mut names = Vec::new();
    for _ in 0..100 {
        names = here(&admin, id).await;
        if !names.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let name: String =
        sqlx::query_scalar("SELECT first_name || ' ' || last_name FROM users WHERE email = 'support@techally.test'")
            .fetch_one(&app.db)
            .await
            .expect("a name");
    assert_eq!(names, [name]);
    let other = app.order_in("SHIPPED").await;
    assert_eq!(here(&admin, other).await, Vec::<String>::new(), "another order");
}

#[tokio::test]
async fn a_change_is_told_to_who_may_read_it_and_says_nothing_of_what_it_holds() {
    let app = App::start().await;
    listening(&app).await;
    let id = app.order_in("CONFIRMED").await;
    let support = app.signed_in("support").await;
    let mut stream = support.get("/events").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let moderator = app.signed_in("moderator").await;
    let mut blind = moderator.get("/events").await;
    let admin = app.signed_in("admin").await;
    let answer = admin.post(&format!("/orders/{id}"), &[("note", "@support secret words")]).await;
    assert_eq!(answer.status(), 303);
    let who: uuid::Uuid = sqlx::query_scalar("SELECT id FROM users WHERE email = 'admin@techally.test'")
        .fetch_one(&app.db)
        .await
        .expect("an id");
    let heard = says(&mut stream, "data: inbox").await;
    assert!(heard.contains(&format!("data: note {id} {who}")) && heard.contains("data: inbox\n"), "{heard}");
    assert!(!heard.contains("secret"));
    let nothing = tokio::time::timeout(Duration::from_secs(2), says(&mut blind, "data:")).await;
    assert!(nothing.is_err() || !nothing.is_ok_and(|heard| heard.contains("data:")), "not for who can't read orders");
    assert_eq!(app.browser().get("/events").await.status(), 204, "nothing for strangers, who shall not come back");
    // the server goes down: the stream ends at once, for the browser to find another
    app.state.draining.store(true, std::sync::atomic::Ordering::Relaxed);
    let end = async { while let Ok(Some(_)) = stream.chunk().await {} };
    assert!(tokio::time::timeout(Duration::from_secs(5), end).await.is_ok(), "it ends");
}

#[tokio::test]
async fn an_open_page_keeps_nobody_signed_in() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let support = app.signed_in("support").await;
    for _ in 0..4 {
        app.state.clock.advance(Duration::from_mins(8));
        assert!([200, 401].contains(&beat(&support, id).await.status().as_u16()));
    }
    assert_eq!(support.get("/orders").await.status(), 303, "half an hour without a click");
}
