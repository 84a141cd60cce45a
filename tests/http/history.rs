//! An order as it was: equal to what was shown then, by a random course of changes; masked as now.

use crate::app::{App, Browser};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use techally::stamp::Zone;
use time::OffsetDateTime;
use uuid::Uuid;

async fn history(browser: &Browser, id: &str, at: &str) -> (u16, Value) {
    let answer = browser
        .client
        .post(format!("{}/api/techally/orders/api/get_order_history", browser.url))
        .header("origin", &browser.url)
        .json(&json!({"id": id, "at": at}))
        .send()
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// What the cards say of the moment, without what it is now.
fn facts(page: &Value) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    for card in page["cards"].as_array().expect("cards") {
        let lines: Vec<Vec<String>> = serde_json::from_value(card.clone()).expect("lines of texts");
        for (n, line) in lines.iter().skip(1).enumerate() {
            let text = |at: usize| line.get(at).cloned().unwrap_or_default();
            let then = match (line[0].as_str(), text(2).as_str()) {
                ("fact", "changed") => text(3).rsplit_once(" (now ").expect("now").0.to_owned(),
                ("fact", _) => text(3),
                _ => continue,
            };
            // notes of one author are told apart by their place
            let place = if lines[0][0] == "notes" { n.to_string() } else { String::new() };
            if then != "none" {
                facts.insert(format!("{} {} {place}", lines[0][0], text(1)), then);
            }
        }
    }
    facts
}

#[tokio::test]
async fn any_moment_is_shown_as_it_was_shown_then() {
    let app = App::start().await;
    let seed =
        std::env::var("HISTORY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    let mut random = fastrand::Rng::with_seed(seed);
    let id = app.order_in("CONFIRMED").await;
    let (browser, path) = (app.signed_in("super").await, format!("/orders/{id}"));
    let me: Uuid = sqlx::query_scalar("SELECT id FROM users WHERE email = 'super@techally.test'")
        .fetch_one(&app.db)
        .await
        .expect("me");
    let mut moments = Vec::new();
    for step in 0..9 {
        let version = app.status(id).await.1.to_string();
        let words = format!("step {step}");
        let answer = match random.u8(0..7) {
            0 => browser.post(&path, &[("note", &words)]).await,
            1 => browser.post(&path, &[("tags", &words), ("version", &version)]).await,
            2 => {
                let email = format!("step{step}@mail.example");
                browser.post(&path, &[("email", &email), ("phone", "+49 1"), ("version", &version)]).await
            }
            3 => {
                let shipping: i32 = sqlx::query_scalar("SELECT version FROM order_shipping WHERE order_id = $1")
                    .bind(id)
                    .fetch_one(&app.db)
                    .await
                    .expect("a version");
                let shipping = shipping.to_string();
                let fields = [
                    ("recipient_name", "Ida"),
                    ("street", words.as_str()),
                    ("postal_code", "1"),
                    ("city", "Bonn"),
                    ("country", "DE"),
                    ("version", &shipping),
                ];
                browser.post(&path, &fields).await
            }
            4 => browser.post(&path, &[("assignee", &me.to_string()), ("version", &version)]).await,
            5 => match app.status(id).await.0.as_str() {
                "CONFIRMED" => browser.move_order(&app, id, "PREPARING", &[]).await,
                "PREPARING" => {
                    browser.move_order(&app, id, "SHIPPED", &[("carrier", "DHL"), ("tracking_number", &words)]).await
                }
                _ => browser.post(&path, &[("note", &words)]).await,
            },
            _ => {
                let note: Option<Uuid> = sqlx::query_scalar(
                    "SELECT id FROM order_notes WHERE order_id = $1 AND author_id = $2 AND deleted_at IS NULL LIMIT 1",
                )
                .bind(id)
                .bind(me)
                .fetch_optional(&app.db)
                .await
                .expect("a note");
                match note {
                    Some(note) => browser.post(&path, &[("note_id", &note.to_string()), ("change", "delete")]).await,
                    None => browser.post(&path, &[("note", &words)]).await,
                }
            }
        };
        let status = answer.status().as_u16();
        assert!(matches!(status, 303 | 403 | 409), "HISTORY_SEED={seed}, step {step}: {status}");
        let (_, shown) = history(&browser, &id.to_string(), "").await;
        // as the timeline's links say it, to the microsecond: the next change may be in the same second
        moments.push((step, Zone::exact(OffsetDateTime::now_utc()), facts(&shown)));
        // steps from change to change are by the second
        if step % 2 == 0 {
            let over = 1_000 - u64::from(OffsetDateTime::now_utc().millisecond());
            tokio::time::sleep(Duration::from_millis(over + 20)).await;
        }
    }
    for (step, at, wanted) in &moments {
        let (status, then) = history(&browser, &id.to_string(), at).await;
        assert_eq!(status, 200);
        assert_eq!(&facts(&then), wanted, "HISTORY_SEED={seed}: after step {step}, at {at}");
    }
    // from change to change, back to the beginning
    let mut at = moments.last().expect("moments").1.clone();
    let mut steps = 0;
    loop {
        let (_, page) = history(&browser, &id.to_string(), &at).await;
        let earlier = page["earlier"].as_str().expect("an address").to_owned();
        let Some((_, before)) = earlier.split_once("at=") else { break };
        assert!(before < at.as_str(), "{before} is before {at}");
        at = before.to_owned();
        steps += 1;
        assert!(steps < 60, "it ends");
    }
    assert!(steps >= 3, "{steps}");
}

#[tokio::test]
async fn what_was_is_masked_as_what_is_and_wrong_moments_are_told() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let admin = app.signed_in("admin").await;
    let version = app.status(id).await.1.to_string();
    let fields = [("email", "secret.then@mail.example"), ("phone", ""), ("version", version.as_str())];
    assert_eq!(admin.post(&format!("/orders/{id}"), &fields).await.status(), 303);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let at = history(&admin, &id.to_string(), "").await.1["at"]["utc"].as_str().expect("a time").to_owned();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let version = app.status(id).await.1.to_string();
    let fields = [("email", "secret.now@mail.example"), ("phone", ""), ("version", version.as_str())];
    assert_eq!(admin.post(&format!("/orders/{id}"), &fields).await.status(), 303);

    let path = format!("/orders/{id}/history?at={at}");
    let page = admin.page(&path).await;
    assert!(page.contains("secret.then@mail.example (now secret.now@mail.example)"), "both for who sees them");
    for who in ["support", "warehouse"] {
        let page = app.signed_in(who).await.page(&path).await;
        assert!(!page.contains("secret.then") && !page.contains("secret.now"), "{who}");
    }
    let browser = app.signed_in("support").await;
    assert!(browser.page(&format!("/orders/{id}/history?at=2001-01-01T00:00")).await.contains("not placed yet"));
    for wrong in ["yesterday", "2026-02-30T00:00", "9999-12-31T23:59:59Z"] {
        assert_eq!(browser.get(&format!("/orders/{id}/history?at={wrong}")).await.status(), 400, "{wrong}");
    }
    assert_eq!(browser.get(&format!("/orders/{}/history", Uuid::new_v4())).await.status(), 404);
    // erased values are said to be
    sqlx::raw_sql("ALTER TABLE audit_personal_values DISABLE TRIGGER USER; DELETE FROM audit_personal_values")
        .execute(&app.db)
        .await
        .expect("erased");
    assert!(admin.page(&path).await.contains("(erased) (now secret.now@mail.example)"));
}
