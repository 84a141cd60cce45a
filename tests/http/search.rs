//! The search of the list on the demo shop: each word finds what an independent statement finds, for whom may ask.

use crate::{
    app::{App, Browser},
    lists::numbers,
};
use sqlx::AssertSqlSafe;

async fn found(browser: &Browser, q: &str) -> Vec<String> {
    let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
    numbers(&browser.page(&format!("/orders?q={q}")).await)
}

/// The newest 50 that fit a condition.
async fn wanted(app: &App, condition: &str) -> Vec<String> {
    let sql = format!(
        "SELECT order_number FROM orders o JOIN users u ON u.id = o.user_id JOIN order_shipping s ON s.order_id = o.id
         WHERE o.deleted_at IS NULL AND {condition} ORDER BY o.id DESC LIMIT 50"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&app.db).await.expect("orders")
}

async fn one(app: &App, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(&app.db).await.expect("one")
}

#[tokio::test]
async fn each_word_finds_what_it_says() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    let sku = one(&app, "SELECT sku FROM order_items GROUP BY sku ORDER BY count(*) DESC LIMIT 1").await;
    let tracking =
        one(&app, "SELECT tracking_number FROM order_shipping WHERE tracking_number IS NOT NULL LIMIT 1").await;
    let name = one(
        &app,
        "SELECT u.last_name FROM orders o JOIN users u ON u.id = o.user_id WHERE length(u.last_name) > 5 LIMIT 1",
    )
    .await;
    let email = one(&app, "SELECT u.email FROM orders o JOIN users u ON u.id = o.user_id LIMIT 1").await;
    let phone = one(
        &app,
        "SELECT u.phone_number FROM orders o JOIN users u ON u.id = o.user_id WHERE u.phone_number LIKE '+%' LIMIT 1",
    )
    .await;
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let lower = name.to_lowercase();
    let by_sku = format!("EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND i.sku = '{sku}')");
    let recent = "o.id >= uuid_v7_floor(now() - interval '366 days')";
    for (q, condition) in [
        (format!("sku:{sku}"), by_sku.clone()),
        (sku.to_lowercase(), by_sku.clone()),
        (format!("sku:{sku} status:completed total:>50"), format!("{by_sku} AND o.status = 'COMPLETED' AND o.grand_total > 50")),
        (tracking.clone(), format!("s.tracking_number = '{tracking}'")),
        (format!("tracking:{tracking}"), format!("s.tracking_number = '{tracking}'")),
        (lower.clone(), format!("lower(u.first_name || ' ' || u.last_name) LIKE '%{lower}%'")),
        (format!("{} status:completed", &name[..4]), format!("lower(u.first_name || ' ' || u.last_name) LIKE '%{}%' AND o.status = 'COMPLETED'", lower.chars().take(4).collect::<String>())),
        (email.clone(), format!("u.email = '{email}'")),
        (format!("email:{}", &email[1..6]), format!("u.email LIKE '%{}%'", &email[1..6])),
        (format!("phone:{}", &digits[digits.len() - 8..]), format!("regexp_replace(u.phone_number, '\\D', '', 'g') LIKE '%{}'", &digits[digits.len() - 8..])),
        ("total:100..200".into(), format!("o.grand_total BETWEEN 100 AND 200 AND {recent}")),
        ("payment:failed".into(), format!("o.payment_status = 'failed' AND {recent}")),
        ("country:at payment:paid,refunded".into(), format!("o.billing_country = 'AT' AND o.payment_status IN ('paid', 'refunded') AND {recent}")),
        ("status:pending,failed".into(), "o.status IN ('PENDING', 'FAILED')".into()),
        ("placed:30d".into(), "o.created_at >= date_trunc('day', now() AT TIME ZONE 'Europe/Berlin' - interval '29 days') AT TIME ZONE 'Europe/Berlin'".into()),
        ("placed:>=2025-06 placed:<2025-08".into(), "o.created_at >= timestamptz '2025-06-01 00:00 Europe/Berlin' AND o.created_at < timestamptz '2025-08-01 00:00 Europe/Berlin'".into()),
    ] {
        let wanted = wanted(&app, &condition).await;
        assert_eq!(found(&admin, &q).await, wanted, "{q}");
        assert!(!wanted.is_empty() || q.starts_with("country"), "{q}: the shop has such orders");
    }
}

#[tokio::test]
async fn a_search_is_paged_both_ways_and_keeps_its_words() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    let all: Vec<String> = sqlx::query_scalar(
        "SELECT order_number FROM orders WHERE grand_total > 200 AND id >= uuid_v7_floor(now() - interval '366 days') ORDER BY id DESC",
    )
    .fetch_all(&app.db)
    .await
    .expect("orders");
    assert!(all.len() > 60, "{}", all.len());
    let link = |page: &str, rel: &str| {
        let at = page.find(&format!("rel=\"{rel}\"")).unwrap_or_else(|| panic!("no {rel} in {page}"));
        let tag = &page[page[..at].rfind("<a").expect("a link")..];
        tag.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address").replace("&amp;", "&")
    };
    let first = admin.page("/orders?q=total%3A%3E200&limit=25").await;
    assert_eq!(numbers(&first), all[..25]);
    let second = admin.page(&link(&first, "next")).await;
    assert_eq!(numbers(&second), all[25..50]);
    assert!(second.contains("Remove filter") && second.contains("over 200"));
    let back = admin.page(&link(&second, "prev")).await;
    assert_eq!(numbers(&back), all[..25]);
}

#[tokio::test]
async fn contacts_are_found_by_whom_may_see_them() {
    let app = App::start().await;
    let email = one(&app, "SELECT u.email FROM orders o JOIN users u ON u.id = o.user_id LIMIT 1").await;
    let support = app.signed_in("support").await;
    assert!(!found(&support, &email).await.is_empty(), "support finds what a caller says in full");
    let page = support.page(&format!("/orders?q=email:{}", &email[..5])).await;
    assert!(
        page.contains("Type the whole e-mail address") && numbers(&page).is_empty(),
        "and nothing letter by letter"
    );
    assert!(!support.page(&format!("/orders?q={}", &email[..5])).await.contains(&email));
    let warehouse = app.signed_in("warehouse").await;
    for q in [email.clone(), "phone:4055502181".into()] {
        let page = warehouse.page(&format!("/orders?q={q}")).await;
        assert!(page.contains("Your role doesn't see") && numbers(&page).is_empty(), "{q}");
    }
}

#[tokio::test]
async fn hostile_and_wrong_words_are_explained_and_never_an_error() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    for (q, words) in [
        ("total:cheap", "is no amount"),
        ("placed:2026-99", "is no time"),
        ("status:gone", "is no status"),
        ("stauts:shipped", "can't be searched by"),
        ("country:Germany", "Use two letters"),
        ("xy", "Type at least 3 letters"),
        ("customer:Brandt email:a@b.de", "one way at a time"),
    ] {
        let page = admin.page(&format!("/orders?q={q}")).await;
        assert!(page.contains(words), "{q}: {words}");
        assert!(numbers(&page).is_empty(), "{q}");
    }
    for q in [
        "%%%",
        "' OR 1=1 --",
        "\\",
        "<script>alert(1)</script>",
        "\u{0}abc",
        "\u{202e}abc",
        "customer:\"",
        "total:999999999999999",
        "sku:%",
        "___",
    ] {
        let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let page = admin.page(&format!("/orders?q={q}")).await;
        assert!(numbers(&page).is_empty() && !page.contains("<script>alert"), "{q}");
    }
}

#[tokio::test]
async fn suggestions_complete_the_last_word_and_tell_nothing_that_is_masked() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let suggest = async |text: &str| -> Vec<String> {
        let answer = support.post("/api/techally/orders/api/suggest_orders", &[("q", text)]).await;
        assert_eq!(answer.status(), 200, "{text}");
        serde_json::from_str(&answer.text().await.expect("a body")).expect("texts")
    };
    assert_eq!(suggest("total:>500 stat").await, ["total:>500 status:"]);
    assert_eq!(suggest("status:can").await, ["status:cancelled"]);
    let (number, name, email): (String, String, String) = sqlx::query_as(
        "SELECT o.order_number, u.first_name || ' ' || u.last_name, u.email FROM orders o JOIN users u ON u.id = o.user_id ORDER BY o.id LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("an order");
    assert!(suggest(&number).await.contains(&number));
    assert!(suggest(&name.to_lowercase()[..4]).await.iter().any(|one| one.starts_with("customer:\"")));
    assert_eq!(suggest(&format!("email:{}", &email[..4])).await, Vec::<String>::new(), "no address is told");
    for text in ["", " ", "%%%", "a\"b", &"x".repeat(300), "\u{202e}abc", "1'"] {
        let _ = suggest(text).await;
    }
}
