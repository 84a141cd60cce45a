//! Logs: each line of a request carries its id, and no line anything that a person typed.

use crate::app::{API_KEY, App};
use std::{
    io::Write,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// All that this process logged.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// The whole log.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Its last warnings and errors: why a test failed, or what went on beside it.
    pub fn last_warnings(&self) -> String {
        let text = self.text();
        let is_warning = |line: &&str| line.contains("\"level\":\"WARN\"") || line.contains("\"level\":\"ERROR\"");
        let mut last: Vec<&str> = text.lines().filter(is_warning).rev().take(40).collect();
        last.reverse();
        last.join("\n")
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// More than a server writes; `TEST_LOG` says another.
const FILTER: &str = "warn,techally=debug,tower_http=debug,tower_sessions=debug,tower_sessions_core=debug";

/// Collects the log of all servers of this process as JSON, more of it than a server writes by default.
pub fn lines() -> Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES
        .get_or_init(|| {
            let lines = Lines::default();
            let writer = lines.clone();
            let subscriber = tracing_subscriber::fmt()
                .json()
                .flatten_event(true)
                .with_env_filter(std::env::var("TEST_LOG").unwrap_or_else(|_| FILTER.into()))
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
            lines
        })
        .clone()
}

#[tokio::test]
async fn no_line_has_what_a_person_typed_and_each_has_its_request() {
    let lines = lines();
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    // one mark in each thing that is personal or secret
    let mark = |what: &str| format!("mark{what}zq");
    let email = format!("{}@mail.example", mark("email"));
    browser.post("/login", &[("email", &email), ("password", &mark("password"))]).await;
    app.browser().post("/login", &[("email", &format!("{email}\0")), ("password", &mark("password"))]).await;
    browser.get(&format!("/orders?q={}&status={}&after={}", mark("query"), mark("status"), mark("cursor"))).await;
    browser.get(&format!("/orders/{id}?kept={}", mark("query"))).await;
    let path = format!("/orders/{id}");
    browser.post(&path, &[("note", &mark("note")), ("key", &mark("key"))]).await;
    browser
        .post(&path, &[("status", &mark("status")), ("version", &mark("version")), ("reason", &mark("reason"))])
        .await;
    browser.post(&path, &[("status", "CANCELLED"), ("version", "1"), ("lines[", &mark("lines"))]).await;
    browser.post(&path, &[("colour", &mark("field"))]).await;
    let function = |body: String, kind: &str| {
        let url = format!("{}/api/techally/orders/api/get_order", app.url);
        browser.client.post(url).header("origin", &app.url).header("content-type", kind.to_owned()).body(body).send()
    };
    for body in [format!("{{\"id\":\"{}\"}}", mark("id")), mark("json")] {
        let _ = function(body, "application/json").await.expect("an answer");
    }
    let stranger = app.browser().client;
    let _ = stranger
        .get(format!("{}/orders", app.url))
        .header("cookie", format!("techally={}", mark("token")))
        .send()
        .await;
    let _ = stranger
        .get(format!("{}/orders", app.url))
        .bearer_auth(mark("bearer"))
        .header("user-agent", mark("agent"))
        .send()
        .await;
    let order = |sku: &str, phone: &str| {
        serde_json::json!({"customer": {"email": email, "first_name": mark("first"), "last_name": mark("last"), "phone": phone},
            "items": [{"sku": sku, "quantity": 1}],
            "shipping_address": {"recipient_name": mark("name"), "street": mark("street"), "postal_code": "20259", "city": mark("city"), "country": "DE"}})
    };
    let sku: String =
        sqlx::query_scalar("SELECT stock_sku(id) FROM inventory WHERE quantity_available > 3 ORDER BY id LIMIT 1")
            .fetch_one(&app.db)
            .await
            .expect("an article");
    for (n, body) in [
        order(&sku, "+49 40 5550218"),
        order("NONE", "+49 40 5550218"),
        order(&sku, &mark("phone").repeat(9)),
        serde_json::json!({"customer": mark("shape")}),
    ]
    .into_iter()
    .enumerate()
    {
        let request = app
            .browser()
            .client
            .post(format!("{}/api/orders", app.url))
            .bearer_auth(API_KEY)
            .header("idempotency-key", format!("logs-{n}"))
            .body(body.to_string());
        let _ = request.send().await.expect("an answer");
    }
    // the database itself refuses, in words that quote the row
    sqlx::query("ALTER TABLE order_notes ADD CONSTRAINT refuse_all CHECK (body NOT LIKE 'mark%') NOT VALID")
        .execute(&app.db)
        .await
        .expect("a constraint");
    let refused = browser.post(&path, &[("note", &mark("row"))]).await;
    assert_eq!(refused.status(), 500);
    let request_id = refused.headers()["x-request-id"].to_str().expect("text").to_owned();

    let text = lines.text();
    let cause = text
        .lines()
        .find(|line| line.contains("database error") && line.contains(&request_id))
        .expect("the cause, under the request's id");
    assert!(cause.contains("23514") && cause.contains("refuse_all"), "{cause}");
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
        assert!(!(line.contains("mark") && line.contains("zq")), "{line}");
        assert!(
            !line.contains("techally-demo")
                && !line.contains("5550218")
                && !line.contains("mail.example")
                && !line.contains("@techally.test"),
            "{line}"
        );
    }
}
