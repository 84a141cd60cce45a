//! An order's way, through the forms of its page.

use crate::app::{App, Browser};
use techally::{
    auth::model::Role,
    orders::model::{MOVES, Status},
};

/// Fields of a move beside status and version.
type Details = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn an_order_goes_from_pending_to_completed_and_every_invariant_holds() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let warehouse = app.signed_in("warehouse").await;
    let id = app.order_in("PENDING").await;
    let steps: [(&Browser, &str, Details); 6] = [
        (&support, "PROCESSING", &[("reference", "TA transfer 1")]),
        (&support, "CONFIRMED", &[("reference", "bank 2026-1")]),
        (&warehouse, "PREPARING", &[]),
        (&warehouse, "SHIPPED", &[("carrier", "DHL"), ("tracking_number", "00340434161094015902")]),
        (&warehouse, "DELIVERED", &[]),
        (&support, "COMPLETED", &[]),
    ];
    for (who, to, details) in steps {
        let answer = who.move_order(&app, id, to, details).await;
        assert_eq!(answer.status(), 303, "{to}: {}", answer.text().await.expect("a page"));
        assert_eq!(app.status(id).await.0, to);
        assert_eq!(app.broken_invariants().await, [], "after {to}");
    }
    let (actors, reasons): (i64, i64) = sqlx::query_as(
        "SELECT count(DISTINCT actor_id), count(reason) FROM order_status_history WHERE order_id = $1 AND from_status IS NOT NULL",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("history");
    assert_eq!((actors, reasons), (2, 2), "who did it, and the references");
    let sold: i64 =
        sqlx::query_scalar("SELECT -sum(quantity) FROM stock_movements WHERE order_id = $1 AND movement_type = 'sale'")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("movements");
    let bought: i64 = sqlx::query_scalar("SELECT sum(quantity) FROM order_items WHERE order_id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("lines");
    assert_eq!(sold, bought);
    let audited: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_log WHERE table_name = 'orders' AND row_id = $1::text AND changed ? 'status' AND actor_id IS NOT NULL AND request_id IS NOT NULL",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("audit");
    assert_eq!(audited, 6, "each move is in the audit trail with its actor and request");
}

#[tokio::test]
async fn each_role_may_take_exactly_its_moves() {
    let app = App::start().await;
    for (who, role) in [
        ("support", Role::Support),
        ("moderator", Role::Moderator),
        ("warehouse", Role::WarehouseManager),
        ("admin", Role::Admin),
        ("super", Role::SuperAdmin),
    ] {
        let browser = app.signed_in(who).await;
        for step in &MOVES {
            let id = app.order_in(step.from.code()).await;
            if step.allows(role) {
                let page = browser.page(&format!("/orders/{id}")).await;
                assert!(page.contains(&format!("value=\"{}\"", step.to.code())), "{who} is offered {step:?}");
                continue;
            }
            let details = [("reason", "x"), ("reference", "x"), ("carrier", "x"), ("tracking_number", "x")];
            let answer = browser.move_order(&app, id, step.to.code(), &details).await;
            assert_eq!(answer.status(), 403, "{who} takes {step:?}");
            assert_eq!(app.status(id).await.0, step.from.code());
        }
    }
}

#[tokio::test]
async fn the_code_and_the_transition_table_say_the_same() {
    let app = App::start().await;
    let rows: Vec<(String, String, Vec<String>)> =
        sqlx::query_as("SELECT from_status, to_status, allowed_roles FROM order_transitions")
            .fetch_all(&app.db)
            .await
            .expect("rows");
    assert_eq!(rows.len(), MOVES.len());
    for (from, to, roles) in rows {
        let step = Status::parse(&from).and_then(|from| from.move_to(Status::parse(&to)?)).expect("the move");
        let mut table: Vec<&str> =
            roles.iter().map(String::as_str).filter(|role| !["system", "customer"].contains(role)).collect();
        let mut code: Vec<&str> = step.roles.iter().map(|role| role.code()).collect();
        table.sort_unstable();
        code.sort_unstable();
        assert_eq!(table, code, "{from} to {to}");
    }
}

#[tokio::test]
async fn moves_ask_for_what_they_need_and_keep_what_was_typed() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    for (from, to, details, field) in [
        ("PENDING", "PROCESSING", vec![], "reference"),
        ("PENDING", "CANCELLED", vec![("reason", "  ")], "reason"),
        ("PREPARING", "SHIPPED", vec![("carrier", "Kept Carrier")], "tracking_number"),
        ("DELIVERED", "RETURNED", vec![("reason", "kept reason")], "lines"),
    ] {
        let id = app.order_in(from).await;
        let answer = admin.move_order(&app, id, to, &details).await;
        assert_eq!(answer.status(), 422, "{from} to {to}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains("Nothing was changed"), "{field}");
        assert!(page.contains("class=\"error\""), "the error stands beside {field}");
        if let Some((_, typed)) =
            details.iter().find(|(_, typed)| typed.starts_with("Kept") || typed.starts_with("kept"))
        {
            assert!(page.contains(typed), "{typed} is kept");
        }
        assert_eq!(app.status(id).await.0, from);
    }
}

#[tokio::test]
async fn whoever_comes_second_is_told_who_was_first() {
    let app = App::start().await;
    let (first, second) = (app.signed_in("warehouse").await, app.signed_in("admin").await);
    let id = app.order_in("CONFIRMED").await;
    let version = app.status(id).await.1.to_string();
    let path = format!("/orders/{id}");
    let answer = first.post(&path, &[("status", "PREPARING"), ("version", &version)]).await;
    assert_eq!(answer.status(), 303);
    let answer =
        second.post(&path, &[("status", "CANCELLED"), ("version", &version), ("reason", "customer called")]).await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("Wanda Krol changed this order"), "who was first");
    assert_eq!(app.status(id).await.0, "PREPARING");
}

#[tokio::test]
async fn fifty_at_once_one_wins_and_the_rest_are_told() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let version = app.status(id).await.1.to_string();
    let browser = std::sync::Arc::new(app.signed_in("warehouse").await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (browser, version) = (browser.clone(), version.clone());
        tasks.spawn(async move {
            browser
                .post(&format!("/orders/{id}"), &[("status", "PREPARING"), ("version", &version)])
                .await
                .status()
                .as_u16()
        });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [303, 409, 503].contains(status)), "{answers:?}");
    let moves: i64 =
        sqlx::query_scalar("SELECT count(*) FROM order_status_history WHERE order_id = $1 AND to_status = 'PREPARING'")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("a count");
    assert_eq!(moves, 1);
}

#[tokio::test]
async fn cancelling_frees_the_stock_at_once() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    for from in ["PENDING", "CONFIRMED"] {
        let id = app.order_in(from).await;
        let answer = support.move_order(&app, id, "CANCELLED", &[("reason", "ordered twice")]).await;
        assert_eq!(answer.status(), 303);
        let open: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM stock_reservations WHERE order_id = $1 AND status IN ('held', 'firm')",
        )
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a count");
        assert_eq!(open, 0, "{from}");
        assert_eq!(app.broken_invariants().await, [], "{from}");
    }
}

#[tokio::test]
async fn a_return_by_pieces_puts_sound_ones_back_and_closes_when_all_came() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    // an order of several pieces that is with its customer
    let id: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM orders WHERE status = 'DELIVERED' ORDER BY item_count DESC, id LIMIT 1")
            .fetch_one(&app.db)
            .await
            .expect("a delivered order");
    let lines: Vec<(uuid::Uuid, i32)> = sqlx::query_as(
        "SELECT id, quantity - returned_quantity FROM order_items WHERE order_id = $1 ORDER BY position, id",
    )
    .bind(id)
    .fetch_all(&app.db)
    .await
    .expect("lines");
    let (first, pieces) = lines[0];
    let total: i32 = lines.iter().map(|(_, left)| left).sum();
    assert!(total > 1, "an order with something left to keep");
    let too_many = (pieces + 1).to_string();
    let item = first.to_string();
    let one = |quantity: &'static str| {
        vec![
            ("reason", "too loud"),
            ("lines[0][item]", item.as_str()),
            ("lines[0][quantity]", quantity),
            ("lines[0][disposition]", "restock"),
        ]
    };
    let mut bad = one("1");
    bad[2].1 = &too_many;
    assert_eq!(support.move_order(&app, id, "RETURNED", &bad).await.status(), 422);

    let answer = support.move_order(&app, id, "RETURNED", &one("1")).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.expect("a page"));
    assert_eq!(app.status(id).await.0, "DELIVERED", "the customer keeps the rest");
    let back: i64 = sqlx::query_scalar(
        "SELECT sum(quantity) FROM stock_movements WHERE order_id = $1 AND movement_type = 'return'",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("movements");
    assert_eq!(back, 1);
    assert_eq!(app.broken_invariants().await, []);

    let mut rest: Vec<(String, String)> = vec![("reason".into(), "all of it".into())];
    for (index, (line, left)) in lines.iter().enumerate() {
        let left = if *line == first { left - 1 } else { *left };
        rest.push((format!("lines[{index}][item]"), line.to_string()));
        rest.push((format!("lines[{index}][quantity]"), left.to_string()));
        rest.push((format!("lines[{index}][disposition]"), if index == 0 { "damaged" } else { "lost" }.into()));
    }
    let rest: Vec<(&str, &str)> = rest.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = support.move_order(&app, id, "RETURNED", &rest).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.expect("a page"));
    assert_eq!(app.status(id).await.0, "RETURNED");
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn one_transfer_cannot_pay_two_orders() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let ids: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM orders WHERE status = 'PENDING' ORDER BY id LIMIT 2")
        .fetch_all(&app.db)
        .await
        .expect("two");
    let reference = [("reference", "one and the same")];
    assert_eq!(support.move_order(&app, ids[0], "PROCESSING", &reference).await.status(), 303);
    let answer = support.move_order(&app, ids[1], "PROCESSING", &reference).await;
    assert_eq!(answer.status(), 409);
    assert_eq!(app.status(ids[1]).await.0, "PENDING");
}
