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

/// Which of these orders are in the list that a query asks for.
async fn fitting(browser: &Browser, query: &str, ids: &[uuid::Uuid]) -> (u16, Vec<uuid::Uuid>) {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let answer = browser
        .client
        .post(format!("{}/api/techally/orders/api/fitting_orders", browser.url))
        .header("origin", &browser.url)
        .header("content-type", "application/json")
        .body(serde_json::json!({ "query": pairs, "ids": ids }).to_string())
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.expect("a body")).unwrap_or_default())
}

#[tokio::test]
async fn an_open_list_is_told_of_new_orders_changes_and_notes_apart() {
    let app = App::start().await;
    listening(&app).await;
    let support = app.signed_in("support").await;
    let mut stream = support.get("/events").await;
    let sku: String =
        sqlx::query_scalar("SELECT p.sku FROM products p JOIN inventory i ON i.product_id = p.id AND i.variant_id IS NULL WHERE p.is_published AND i.quantity_on_hand > 10 ORDER BY 1 LIMIT 1")
            .fetch_one(&app.db)
            .await
            .expect("a product in stock");
    let answer = app
        .browser()
        .client
        .post(format!("{}/api/orders", app.url))
        .header("authorization", format!("Bearer {}", crate::app::API_KEY))
        .header("idempotency-key", uuid::Uuid::new_v4().to_string())
        .header("content-type", "application/json")
        .body(
            serde_json::json!({
                "customer": { "email": "nora@mail.example", "first_name": "Nora", "last_name": "Neu", "phone": "+49 30 5550177" },
                "items": [{ "sku": sku, "quantity": 1 }],
                "shipping_address": { "recipient_name": "Nora Neu", "street": "Weg 1", "postal_code": "10115", "city": "Berlin", "country": "DE" },
            })
            .to_string(),
        )
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 201);
    let placed: serde_json::Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    let id: uuid::Uuid = placed["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let heard = says(&mut stream, &format!("data: new {id} ")).await;
    assert!(heard.contains(&format!("data: new {id} ")), "{heard}");

    let other = app.order_in("CONFIRMED").await;
    let admin = app.signed_in("admin").await;
    assert_eq!(admin.post(&format!("/orders/{other}"), &[("note", "for the file")]).await.status(), 303);
    let heard = says(&mut stream, &format!("data: note {other} ")).await;
    assert!(
        heard.contains(&format!("data: note {other} ")) && !heard.contains(&format!("data: order {other} ")),
        "{heard}"
    );
    assert_eq!(
        admin
            .post(&format!("/orders/{other}"), &[("tags", "vip"), ("version", &app.status(other).await.1.to_string())])
            .await
            .status(),
        303
    );
    assert!(says(&mut stream, &format!("data: order {other} ")).await.contains(&format!("data: order {other} ")));

    // and the server says which of them a list has
    for (query, wanted) in [
        ("", vec![id, other]),
        ("status=PENDING", vec![id]),
        ("q=nora", vec![id]),
        ("q=tag:vip&sort=-total&limit=25", vec![other]),
        ("q=status:confirmed,pending total:>0", vec![id, other]),
        ("q=nobodyofthisname", vec![]),
        ("q=stauts:x", vec![]),
    ] {
        let (status, mut found) = fitting(&support, query, &[id, other, uuid::Uuid::nil()]).await;
        assert_eq!(status, 200, "{query}");
        found.sort();
        let mut wanted = wanted;
        wanted.sort();
        assert_eq!(found, wanted, "{query}");
    }
    assert_eq!(fitting(&support, "", &[]).await, (200, vec![]));
    assert_eq!(fitting(&support, "", &vec![id; 201]).await.0, 400, "not without end");
    assert_eq!(fitting(&support, "sort=nonsense", &[id]).await.0, 400);
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn the_numbers_around_a_page_follow_what_happens() {
    let app = App::start().await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let numbers = async |browser: &Browser| -> serde_json::Value {
        let answer = browser.get("/live/numbers").await;
        assert_eq!(answer.status(), 200);
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    };
    let to = [("list", "orders"), ("query", "status=FAILED"), ("name", "Failed ones"), ("pin", "yes")];
    assert_eq!(support.post("/views", &to).await.status(), 303);
    let failed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE status = 'FAILED' AND deleted_at IS NULL")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    let before = numbers(&support).await;
    assert_eq!(before["unread"], "");
    assert_eq!(before["pins"].as_array().map(Vec::len), Some(1), "{before}");
    assert_eq!(before["pins"][0][1], failed.to_string(), "{before}");
    let tab = |numbers: &serde_json::Value| {
        let tabs = numbers["tabs"].as_array().expect("tabs").clone();
        tabs.iter().find(|tab| tab[0] == "CONFIRMED").expect("a state")[1].as_str().expect("a text").to_owned()
    };
    let confirmed: i64 = tab(&before).parse().expect("a number");
    let id = app.order_in("CONFIRMED").await;
    assert_eq!(admin.post(&format!("/orders/{id}"), &[("note", "@support please look")]).await.status(), 303);
    assert_eq!(admin.move_order(&app, id, "PREPARING", &[]).await.status(), 303);
    let mut after = before.clone();
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        after = numbers(&support).await;
        if after["unread"] == "1" && tab(&after) == (confirmed - 1).to_string() {
            break;
        }
    }
    assert_eq!((after["unread"].as_str(), tab(&after)), (Some("1"), (confirmed - 1).to_string()), "{after}");
    // who may not read orders learns nothing of them
    let moderator = app.signed_in("moderator").await;
    let own = numbers(&moderator).await;
    assert_eq!((own["tabs"].clone(), own["pins"].clone()), (serde_json::json!([]), serde_json::json!([])));
    assert_eq!(app.browser().get("/live/numbers").await.status(), 401);
    // asking keeps nobody signed in
    for _ in 0..4 {
        app.state.clock.advance(Duration::from_mins(8));
        let status = support.get("/live/numbers").await.status().as_u16();
        assert!([200, 401].contains(&status), "{status}");
    }
    assert_eq!(support.get("/orders").await.status(), 303, "half an hour without a click");
}
