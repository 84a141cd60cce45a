//! Parcels by line and piece, who may correct one, where it can be followed; and who takes care of an order.

use crate::app::{App, Browser};
use uuid::Uuid;

async fn number(app: &App, sql: &'static str, id: Uuid) -> i64 {
    sqlx::query_scalar(sql).bind(id).fetch_one(&app.db).await.expect("a number")
}

/// An order in preparation with a line of at least two pieces, that line, and the pieces of all.
async fn order_of_several(app: &App) -> (Uuid, Uuid, i64) {
    let (id, line): (Uuid, Uuid) = sqlx::query_as(
        "SELECT i.order_id, i.id FROM order_items i JOIN orders o ON o.id = i.order_id
         WHERE o.status = 'CONFIRMED' AND i.quantity >= 2 ORDER BY i.order_id LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("an order with several pieces");
    let browser = app.signed_in("warehouse").await;
    assert_eq!(browser.move_order(app, id, "PREPARING", &[]).await.status(), 303);
    (id, line, number(app, "SELECT item_count::bigint FROM orders WHERE id = $1", id).await)
}

const SOLD: &str =
    "SELECT COALESCE(-sum(quantity), 0)::bigint FROM stock_movements WHERE order_id = $1 AND movement_type = 'sale'";
const PACKED: &str = "SELECT COALESCE(sum(quantity), 0)::bigint FROM parcel_items WHERE order_id = $1";

async fn ship(browser: &Browser, app: &App, id: Uuid, tracking: &str, lines: &[(Uuid, &str)]) -> (u16, String) {
    let names: Vec<[String; 2]> =
        (0..lines.len()).map(|n| ["item", "quantity"].map(|field| format!("lines[{n}][{field}]"))).collect();
    let items: Vec<String> = lines.iter().map(|(item, _)| item.to_string()).collect();
    let mut fields = vec![("carrier", "DHL"), ("tracking_number", tracking)];
    for ((names, item), (_, quantity)) in names.iter().zip(&items).zip(lines) {
        fields.extend([(names[0].as_str(), item.as_str()), (names[1].as_str(), *quantity)]);
    }
    let answer = browser.move_order(app, id, "SHIPPED", &fields).await;
    (answer.status().as_u16(), answer.text().await.expect("a body").replace("<!>", ""))
}

#[tokio::test]
async fn an_order_leaves_in_several_parcels_and_is_shipped_with_the_last_piece() {
    let app = App::start().await;
    let (id, line, pieces) = order_of_several(&app).await;
    let browser = app.signed_in("warehouse").await;
    let page = browser.page(&format!("/orders/{id}")).await;
    assert!(page.contains("In this parcel") && page.contains("With fewer pieces in the parcel"), "said before");

    for wrong in ["0", "-1", "9999", "one"] {
        let (status, page) = ship(&browser, &app, id, "JJD-1", &[(line, wrong)]).await;
        assert_eq!(status, 422, "{wrong}");
        assert!(page.contains("JJD-1"), "what was typed is kept");
    }
    let (status, _) = ship(&browser, &app, id, "JJD-1", &[(Uuid::new_v4(), "1")]).await;
    assert_eq!(status, 422, "a line of another order");
    assert_eq!((number(&app, SOLD, id).await, number(&app, PACKED, id).await), (0, 0));

    let drawn = app.status(id).await.1.to_string();
    let (status, _) = ship(&browser, &app, id, "JJD-1", &[(line, "1")]).await;
    assert_eq!(status, 303);
    assert_eq!(app.status(id).await.0, "PREPARING");
    assert_eq!((number(&app, SOLD, id).await, number(&app, PACKED, id).await), (1, 1));
    assert_eq!(app.broken_invariants().await, []);
    let page = browser.page(&format!("/orders/{id}")).await;
    assert!(page.contains("1 shipped") && page.contains("piececode=JJD-1"), "with where the carrier shows it");

    // the same form again: the parcel is there once
    let line_text = line.to_string();
    let again = [
        ("status", "SHIPPED"),
        ("version", drawn.as_str()),
        ("carrier", "DHL"),
        ("tracking_number", "JJD-1"),
        ("lines[0][item]", &line_text),
        ("lines[0][quantity]", "1"),
    ];
    assert_eq!(browser.post(&format!("/orders/{id}"), &again).await.status(), 409);
    assert_eq!(number(&app, PACKED, id).await, 1);

    let (status, _) = ship(&browser, &app, id, "JJD-2", &[]).await;
    assert_eq!(status, 303, "none named: all that is left");
    assert_eq!(app.status(id).await.0, "SHIPPED");
    assert_eq!((number(&app, SOLD, id).await, number(&app, PACKED, id).await), (pieces, pieces));
    assert_eq!(app.broken_invariants().await, []);
    let number_of_it: String = sqlx::query_scalar("SELECT order_number FROM orders WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a number");
    for search in ["tracking:JJD-1", "tracking:JJD-2", "JJD-1"] {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("q", search).finish();
        assert!(browser.page(&format!("/orders?{query}")).await.contains(&number_of_it), "{search}");
    }
    // the table itself: no piece twice, none of another order, none that wasn't sold
    let parcel: Uuid = sqlx::query_scalar("SELECT id FROM parcels WHERE order_id = $1 ORDER BY id DESC LIMIT 1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a parcel");
    let twice = sqlx::query("UPDATE parcel_items SET quantity = quantity + 1 WHERE parcel_id = $1")
        .bind(parcel)
        .execute(&app.db)
        .await
        .expect_err("no piece twice");
    assert_eq!(
        twice.as_database_error().and_then(sqlx::error::DatabaseError::constraint),
        Some("parcel_holds_what_was_sold")
    );
}

#[tokio::test]
async fn fifty_parcels_at_once_with_the_last_pieces_are_one() {
    let app = App::start().await;
    let (id, line, _) = order_of_several(&app).await;
    let browser = app.signed_in("warehouse").await;
    let version = app.status(id).await.1.to_string();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let browser = Browser { client: browser.client.clone(), url: browser.url.clone() };
        let (version, line) = (version.clone(), line.to_string());
        tasks.spawn(async move {
            let tracking = format!("RACE-{n}");
            let fields = [
                ("status", "SHIPPED"),
                ("version", version.as_str()),
                ("carrier", "UPS"),
                ("tracking_number", &tracking),
                ("lines[0][item]", &line),
                ("lines[0][quantity]", "1"),
            ];
            browser.post(&format!("/orders/{id}"), &fields).await.status().as_u16()
        });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_unstable();
    assert_eq!((answers[0], answers[1], answers[49]), (303, 409, 409), "{answers:?}");
    assert_eq!(number(&app, PACKED, id).await, 1);
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn a_parcel_is_corrected_by_who_ships_until_it_is_delivered() {
    let app = App::start().await;
    let (id, ..) = order_of_several(&app).await;
    let (floor, office) = (app.signed_in("warehouse").await, app.signed_in("support").await);
    assert_eq!(ship(&floor, &app, id, "WRONG", &[]).await.0, 303);
    let parcel: Uuid = sqlx::query_scalar("SELECT id FROM parcels WHERE order_id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a parcel");
    let parcel_text = parcel.to_string();
    let path = format!("/orders/{id}?act=parcel-{parcel}");
    assert!(floor.page(&path).await.contains("value=\"WRONG\""), "the form begins with what is there");
    assert!(office.page(&format!("/orders/{id}")).await.contains("for these roles only: Warehouse manager"), "why not");
    let fields = |version: &'static str, tracking: &'static str| {
        [("version", version), ("carrier", "DPD"), ("tracking_number", tracking)]
    };
    let post = async |browser: &Browser, fields: [(&str, &str); 3]| {
        let fields: Vec<(&str, &str)> = [("parcel", parcel_text.as_str())].into_iter().chain(fields).collect();
        let answer = browser.post(&path, &fields).await;
        (answer.status().as_u16(), answer.text().await.expect("a body").replace("<!>", ""))
    };
    assert_eq!(post(&office, fields("1", "RIGHT")).await.0, 403);
    assert_eq!(post(&floor, fields("1", "")).await.0, 422);
    assert_eq!(post(&floor, fields("1", "RIGHT")).await.0, 303);
    let (status, page) = post(&floor, fields("1", "OTHER")).await;
    assert_eq!(status, 409);
    assert!(page.contains("it says now: DPD RIGHT") && page.contains("value=\"OTHER\""), "both, and the input kept");
    let own: String =
        sqlx::query_scalar("SELECT carrier || ' ' || tracking_number FROM order_shipping WHERE order_id = $1")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("shipping");
    assert_eq!(own, "DPD RIGHT", "the list shows the last parcel's");
    assert_eq!(floor.move_order(&app, id, "DELIVERED", &[]).await.status(), 303);
    assert_eq!(post(&floor, fields("2", "LATE")).await.0, 403);
}

#[tokio::test]
async fn an_order_is_given_to_a_colleague_who_finds_it_and_can_be_set_back() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let (sender, other) = (app.signed_in("support").await, app.signed_in("admin").await);
    let receiver = app.signed_in("warehouse").await;
    let person = async |email: &str| -> (Uuid, String) {
        sqlx::query_as("SELECT id, first_name || ' ' || last_name FROM users WHERE email = $1")
            .bind(email)
            .fetch_one(&app.db)
            .await
            .expect("a person")
    };
    let (warehouse, name) = person("warehouse@techally.test").await;
    let (admin, _) = person("admin@techally.test").await;
    let (moderator, _) = person("moderator@techally.test").await;
    let customer: Uuid = sqlx::query_scalar("SELECT user_id FROM orders WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a customer");
    let path = format!("/orders/{id}?act=assign");
    let version = app.status(id).await.1.to_string();
    let give = async |browser: &Browser, to: Uuid, version: &str| {
        let answer = browser.post(&path, &[("assignee", &to.to_string()), ("version", version)]).await;
        (answer.status().as_u16(), answer.text().await.expect("a body").replace("<!>", ""))
    };
    for nobody in [customer, moderator, Uuid::new_v4()] {
        assert_eq!(give(&sender, nobody, &version).await.0, 422);
    }
    assert_eq!(give(&sender, warehouse, &version).await.0, 303);
    assert!(sender.page(&format!("/orders/{id}")).await.contains(&name));
    let inbox = receiver.page("/inbox").await;
    assert!(inbox.contains(" gave you ") && inbox.contains(&format!("/orders/{id}")));

    let (status, page) = give(&other, admin, &version).await;
    assert_eq!(status, 409);
    assert!(page.contains("gave it to somebody meanwhile"), "told by whom");

    let number: String = sqlx::query_scalar("SELECT order_number FROM orders WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a number");
    assert!(receiver.page("/orders?q=assigned%3Ame").await.contains(&number));
    assert!(!sender.page("/orders?q=assigned%3Ame").await.contains(&number));
    assert!(!receiver.page("/orders?q=assigned%3Anobody").await.contains(&number));
    assert!(sender.page("/orders?assigned=wanda").await.contains("Assigned"), "a filter of the form as well");

    let page = sender.page(&format!("/orders/{id}?show=changes")).await;
    assert!(page.contains("changed the assignment") && page.contains(&format!("none → {name}")));
    let undo: i64 = sqlx::query_scalar(
        "SELECT id FROM audit_log WHERE table_name = 'orders' AND row_id = $1::text AND changed ? 'assigned_to' ORDER BY id DESC LIMIT 1",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("the entry");
    let undone = sender.post(&format!("/orders/{id}"), &[("undo", &undo.to_string())]).await;
    assert_eq!(undone.status(), 303);
    let now: Option<Uuid> = sqlx::query_scalar("SELECT assigned_to FROM orders WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a row");
    assert_eq!(now, None);
}
