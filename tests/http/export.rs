//! Lists as files: what is in them, for whom, how much memory they take, and what becomes of one that breaks off.

use crate::app::App;
use std::io::Read;

async fn csv(app: &App, role: &str, query: &str) -> Vec<String> {
    let answer = app.signed_in(role).await.get(&format!("/orders/export?format=csv&{query}")).await;
    assert_eq!(answer.status(), 200, "{query}");
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let name = answer.headers()["content-disposition"].to_str().expect("text").to_owned();
    assert!(name.starts_with("attachment; filename=\"orders-20") && name.ends_with(".csv\""), "{name}");
    let text = answer.text().await.expect("a file");
    let text = text.strip_prefix('\u{feff}').expect("its mark");
    text.split_terminator("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_file_has_all_rows_of_the_filter_with_the_chosen_columns() {
    let app = App::start().await;
    let lines = csv(&app, "admin", "cols=order,total,placed").await;
    assert_eq!(lines[0], "Order,Total,Currency,Placed (Europe/Berlin)");
    let wanted: Vec<String> = sqlx::query_scalar(
        "SELECT order_number || ',' || grand_total || ',EUR,' || to_char(created_at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI:SS')
         FROM orders WHERE deleted_at IS NULL ORDER BY id DESC",
    )
    .fetch_all(&app.db)
    .await
    .expect("orders");
    assert!(wanted.len() > 500, "several batches: {}", wanted.len());
    assert_eq!(lines[1..], wanted);
    let lines = csv(&app, "admin", "cols=order&status=FAILED&sort=total").await;
    let wanted: Vec<String> =
        sqlx::query_scalar("SELECT order_number FROM orders WHERE status = 'FAILED' ORDER BY grand_total, id")
            .fetch_all(&app.db)
            .await
            .expect("orders");
    assert_eq!(lines[1..], wanted);
    // nobody fits: the heads alone
    assert_eq!(csv(&app, "admin", "cols=order&q=nobody.of.this.name%40mail.example").await, ["Order"]);
}

#[tokio::test]
async fn checked_rows_are_exported_alone_and_taking_them_is_recorded() {
    let app = App::start().await;
    let orders: Vec<(uuid::Uuid, String)> =
        sqlx::query_as("SELECT id, order_number FROM orders ORDER BY id DESC OFFSET 10 LIMIT 3")
            .fetch_all(&app.db)
            .await
            .expect("orders");
    let ids: Vec<String> = orders.iter().map(|(id, _)| format!("id={id}")).collect();
    let lines = csv(&app, "support", &format!("cols=order&{}", ids.join("&"))).await;
    assert_eq!(lines[1..], orders.iter().map(|(_, number)| number.clone()).collect::<Vec<_>>());
    let (who, details): (String, serde_json::Value) = sqlx::query_as(
        "SELECT u.email, a.details FROM user_activity a JOIN users u ON u.id = a.user_id WHERE a.action_type = 'exported'",
    )
    .fetch_one(&app.db)
    .await
    .expect("one record");
    assert_eq!(who, "support@techally.test");
    assert_eq!((details["format"].as_str(), details["chosen"].as_i64()), (Some("csv"), Some(3)));
}

#[tokio::test]
async fn files_obey_the_masks_and_hold_no_formula() {
    let app = App::start().await;
    let (id, email): (uuid::Uuid, String) =
        sqlx::query_as("SELECT id, customer_email FROM orders WHERE status = 'COMPLETED' ORDER BY id DESC LIMIT 1")
            .fetch_one(&app.db)
            .await
            .expect("an order");
    sqlx::query("UPDATE orders SET customer_name = '=HYPERLINK(\"http://evil.example\")' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("a name");
    let query = format!("cols=order,email,customer&id={id}");
    let file = csv(&app, "admin", &query).await.join("\n");
    assert!(file.contains(&email) && file.contains("\"'=HYPERLINK("), "{file}");
    let file = csv(&app, "support", &query).await.join("\n");
    assert!(!file.contains(&email) && file.contains('@') && file.contains("'=HYPERLINK"), "{file}");
    let file = csv(&app, "warehouse", &query).await.join("\n");
    assert!(!file.contains('@'), "{file}");
}

#[tokio::test]
async fn a_workbook_has_the_same_rows_as_numbers_and_texts() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    let answer = admin.get("/orders/export?format=xlsx&cols=order,total,placed,items").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().expect("text").ends_with("spreadsheetml.sheet"));
    assert!(answer.headers().get("content-encoding").is_none(), "it is compressed already");
    let bytes = answer.bytes().await.expect("a file");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let mut sheet = String::new();
    zip.by_name("xl/worksheets/sheet1.xml").expect("a sheet").read_to_string(&mut sheet).expect("text");
    let (count, newest, total): (i64, String, String) = sqlx::query_as(
        "SELECT count(*) OVER (), order_number, grand_total::text FROM orders WHERE deleted_at IS NULL ORDER BY id DESC LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("orders");
    assert_eq!(i64::try_from(sheet.matches("<row>").count()).expect("few"), count + 1);
    let first = sheet.split("<row>").nth(2).expect("a row");
    assert!(first.contains(&format!(">{newest}</t>")) && first.contains(&format!("<v>{total}</v>")), "{first}");
}

#[tokio::test]
async fn what_can_not_be_exported_is_explained() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    for (query, why) in [
        ("", "format=csv"),
        ("format=pdf", "format=csv"),
        ("format=csv&q=total:cheap", "is no amount"),
        ("format=csv&id=1", "is no order"),
        ("format=csv&sort=nonsense", "no order of this list"),
    ] {
        let answer = admin.get(&format!("/orders/export?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
        let text = answer.text().await.expect("text");
        assert!(text.contains(why), "{query}: {text}");
    }
    // the places of files that are being written are taken
    let places = app.state.exports.clone().try_acquire_many_owned(3).expect("all places");
    let answer = admin.get("/orders/export?format=csv").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    drop(places);
    assert_eq!(admin.get("/orders/export?format=csv&status=FAILED").await.status(), 200);
}

#[tokio::test]
async fn a_reader_that_goes_away_gives_its_place_and_connection_back() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    for _ in 0..12 {
        let mut answer = admin.get("/orders/export?format=csv").await;
        assert_eq!(answer.status(), 200);
        assert!(answer.chunk().await.expect("a piece").is_some());
        drop(answer);
        // the place is free once the server has noticed
        for _ in 0..200 {
            if app.state.exports.available_permits() == 3 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(app.state.exports.available_permits(), 3);
    }
    assert_eq!(admin.get("/orders").await.status(), 200);
}

#[tokio::test]
async fn a_packed_file_is_whole_to_its_end() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    for kind in ["csv", "xlsx"] {
        let url = format!("{}/orders/export?format={kind}&status=FAILED", app.url);
        let answer = admin.client.get(url).header("accept-encoding", "gzip, br").send().await.expect("an answer");
        assert_eq!(answer.headers().contains_key("content-encoding"), kind == "csv");
        assert!(answer.bytes().await.is_ok_and(|bytes| bytes.len() > 100), "{kind}");
    }
    let panics = app.state.metrics.panics.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(panics, 0);
}
