//! `POST /api/orders`.

use crate::app::{API_KEY, App, Browser};
use serde_json::{Value, json};

/// A request for pieces of an article.
pub fn request(browser: &Browser, key: &str, sku: &str, quantity: i32) -> reqwest::RequestBuilder {
    browser
        .client
        .post(format!("{}/api/orders", browser.url))
        .bearer_auth(API_KEY)
        .header("idempotency-key", key)
        .json(&order(sku, quantity))
}

fn order(sku: &str, quantity: i32) -> Value {
    json!({
        "customer": {"email": "Owen.New@mail.example", "first_name": "Owen", "last_name": "Castellanos", "phone": "+49 40 5550218"},
        "items": [{"sku": sku, "quantity": quantity}],
        "shipping_address": {"recipient_name": "Owen Castellanos", "street": "Lindenallee 14", "postal_code": "20259", "city": "Hamburg", "country": "DE"}
    })
}

/// An article of which there are some.
pub async fn sku(app: &App) -> String {
    sqlx::query_scalar(
        "SELECT stock_sku(i.id) FROM inventory i JOIN products p ON p.id = i.product_id
         WHERE p.is_published AND i.quantity_available > 3 ORDER BY i.id LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("an article in stock")
}

#[tokio::test]
async fn an_order_is_placed_once_for_a_key_and_holds_its_stock() {
    let app = App::start().await;
    let (browser, sku) = (app.browser(), sku(&app).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let request = request(&browser, "same", &sku, 2);
        tasks.spawn(async move {
            let answer = request.send().await.expect("an answer");
            (answer.status().as_u16(), answer.json::<Value>().await.expect("json"))
        });
    }
    let answers = tasks.join_all().await;
    let placed: Vec<_> = answers.iter().filter(|(status, _)| *status == 201).collect();
    assert!(placed.len() >= 10, "{answers:?}");
    assert!(placed.iter().all(|(_, body)| body == &placed[0].1), "one key, one order");
    let body = &placed[0].1;
    assert_eq!(body["status"], "PENDING");
    let id: uuid::Uuid = body["id"].as_str().expect("an id").parse().expect("a uuid");
    let (orders, held, total, email): (i64, i64, i64, String) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM orders WHERE customer_email = 'owen.new@mail.example'),
                (SELECT sum(quantity) FROM stock_reservations WHERE order_id = $1 AND status = 'held'),
                (SELECT (grand_total * 100)::bigint FROM orders WHERE id = $1), (SELECT customer_email FROM orders WHERE id = $1)",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("the order");
    assert_eq!((orders, held), (1, 2));
    assert_eq!(body["total_minor"], total);
    assert_eq!(email, "owen.new@mail.example");
    assert_eq!(app.broken_invariants().await, []);
    let number = body["order_number"].as_str().expect("a number");
    let page = app.signed_in("support").await.page(&format!("/orders?q={number}")).await;
    assert!(page.contains(number) && page.contains("Owen Castellanos"), "staff find it");
}

#[tokio::test]
async fn the_same_key_with_another_order_is_refused() {
    let app = App::start().await;
    let (browser, sku) = (app.browser(), sku(&app).await);
    assert_eq!(request(&browser, "k", &sku, 1).send().await.expect("an answer").status(), 201);
    let other = request(&browser, "k", &sku, 2).send().await.expect("an answer");
    assert_eq!(other.status(), 422);
    assert_eq!(other.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let app = App::start().await;
    let (browser, sku) = (app.browser(), sku(&app).await);
    let url = format!("{}/api/orders", app.url);
    let no_key = browser.client.post(&url).json(&order(&sku, 1)).send().await.expect("an answer");
    assert_eq!(no_key.status(), 401);
    let wrong_key =
        browser.client.post(&url).bearer_auth("wrong").json(&order(&sku, 1)).send().await.expect("an answer");
    assert_eq!(wrong_key.status(), 401);
    let no_idempotency =
        browser.client.post(&url).bearer_auth(API_KEY).json(&order(&sku, 1)).send().await.expect("an answer");
    assert_eq!(no_idempotency.status(), 400);
    let send = async |key: &str, body: Value| {
        let answer = browser
            .client
            .post(&url)
            .bearer_auth(API_KEY)
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("json"))
    };
    let mut priced = order(&sku, 1);
    priced["items"][0]["price"] = json!(0.01);
    assert_eq!(send("a", priced).await.0, 400, "a price is not the client's to name");
    let (status, body) = send("b", order("NO-SUCH-SKU", 1)).await;
    assert_eq!(status, 422);
    assert!(body["errors"]["items[0].sku"].is_string(), "{body}");
    let (status, body) = send("c", order(&sku, 0)).await;
    assert_eq!(status, 422);
    assert!(body["errors"]["items[0].quantity"].is_string(), "{body}");
    let (status, body) = send("d", order(&sku, 999)).await;
    assert_eq!(status, 409, "{body}");
    let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE customer_email = 'owen.new@mail.example'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(orders, 0, "refused is refused");
    // a refused key can be used for the corrected order
    assert_eq!(send("d", order(&sku, 1)).await.0, 201);
}

#[tokio::test]
async fn the_api_is_documented_where_it_is_served() {
    let app = App::start().await;
    let document: Value = app.browser().get("/api/openapi.json").await.json().await.expect("json");
    assert!(document["paths"]["/api/orders"]["post"]["responses"]["201"].is_object(), "{document}");
    assert!(document["components"]["schemas"]["NewOrder"]["properties"]["items"].is_object());
}
