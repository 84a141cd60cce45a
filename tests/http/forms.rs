//! The forms mechanism: plain posts to a page's own address.

use crate::app::App;

#[tokio::test]
async fn a_note_is_added_once_however_often_it_is_posted() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    let path = format!("/orders/{id}");
    let fields =
        [("note", "Line one\r\n<script>alert(1)</script></textarea>"), ("key", "7b0e7f9e-5f0a-4b6e-9d5e-0a7a52f1a001")];
    for _ in 0..2 {
        let answer = browser.post(&path, &fields).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()["location"], path.as_str());
    }
    let page = browser.page(&path).await;
    assert!(page.contains("Note added."), "the message of the post");
    assert!(page.contains("Line one\n&lt;script&gt;alert(1)&lt;/script&gt;"), "the note's text, escaped");
    assert!(!page.contains("<script>alert(1)"), "never as markup");
    let notes: i64 =
        sqlx::query_scalar("SELECT count(*) FROM order_notes WHERE order_id = $1 AND body LIKE 'Line one%'")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("a count");
    assert_eq!(notes, 1);
    assert!(!browser.page(&path).await.contains("Note added."), "the message is shown once");
}

#[tokio::test]
async fn a_refused_note_comes_back_filled_with_its_error_beside_the_field() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let path = format!("/orders/{}", app.order_in("CONFIRMED").await);
    let long = format!("</textarea><b>{}", "x".repeat(4_000));
    let answer = browser.post(&path, &[("note", &long)]).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("at most 4000 characters"), "the error");
    assert!(page.contains(&format!("&lt;/textarea&gt;&lt;b&gt;{}", "x".repeat(4_000))), "the input, kept and escaped");
    assert!(page.contains("aria-invalid=\"true\""));
    let answer = browser.post(&path, &[("note", "   ")]).await;
    assert_eq!(answer.status(), 422);
    let answer = browser.post(&path, &[("note", "a\0b")]).await;
    assert_eq!(answer.status(), 422, "a character that PostgreSQL can't store is no 500");
}

#[tokio::test]
async fn bad_posts_get_a_clear_4xx_and_change_nothing() {
    let app = App::start().await;
    let browser = app.signed_in("admin").await;
    let id = app.order_in("PENDING").await;
    let path = format!("/orders/{id}");
    for (fields, status) in [
        (vec![("colour", "red")], 422),
        (vec![("status", "PROCESSING")], 422),
        (vec![("status", "SOLD"), ("version", "1")], 422),
        (vec![("status", "CANCELLED"), ("version", "one"), ("reason", "x")], 422),
        (vec![("status", "CANCELLED"), ("version", "999"), ("reason", "x")], 409),
        (vec![("status", "DELIVERED"), ("version", "1")], 409),
        (vec![("status", "CANCELLED"), ("version", "1"), ("lines[a", "x"), ("reason", "")], 422),
    ] {
        let answer = browser.post(&path, &fields).await;
        assert_eq!(answer.status(), status, "{fields:?}");
    }
    assert_eq!(app.status(id).await.0, "PENDING");

    let json = browser
        .client
        .post(format!("{}{path}", app.url))
        .header("origin", &app.url)
        .body("{}")
        .send()
        .await
        .expect("an answer");
    assert_eq!(json.status(), 415);
    let large = browser.post(&path, &[("note", &"x".repeat(100_000))]).await;
    assert_eq!(large.status(), 413);
    let nowhere = browser.post("/orders/0192f3a4-5b6c-7000-8000-000000000000", &[("note", "x")]).await;
    assert_eq!(nowhere.status(), 404);
    let no_id = browser.post("/orders/1%27;--", &[("note", "x")]).await;
    assert!(no_id.status().is_client_error(), "{}", no_id.status());
}

#[tokio::test]
async fn the_address_says_which_order_a_form_is_about() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let (here, there) = (app.order_in("CONFIRMED").await, app.order_in("SHIPPED").await);
    let answer = browser.post(&format!("/orders/{here}"), &[("note", "where am I"), ("id", &there.to_string())]).await;
    assert_eq!(answer.status(), 303);
    let order: uuid::Uuid = sqlx::query_scalar("SELECT order_id FROM order_notes WHERE body = 'where am I'")
        .fetch_one(&app.db)
        .await
        .expect("the note");
    assert_eq!(order, here);
}

#[tokio::test]
async fn signed_out_in_the_middle_of_a_form_leads_to_sign_in_and_back() {
    let app = App::start().await;
    let path = format!("/orders/{}", app.order_in("CONFIRMED").await);
    let answer = app.browser().post(&path, &[("note", "x")]).await;
    assert_eq!(answer.status(), 303);
    assert!(answer.headers()["location"].to_str().expect("text").starts_with("/login?next=%2Forders%2F"));
}
