//! What the database guards by itself, whoever asks.

use crate::app::App;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use techally::orders::model::Status;

async fn as_role(app: &App, role: &str) -> PgConnection {
    let options = app.db.connect_options().as_ref().clone();
    let mut connection = PgConnection::connect_with(&options).await.expect("a connection");
    sqlx::query(AssertSqlSafe(format!("SET ROLE {role}"))).execute(&mut connection).await.expect("the role");
    connection
}

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
}

#[tokio::test]
async fn all_hundred_pairs_of_states_are_tried_and_only_the_diagram_passes() {
    let app = App::start().await;
    let mut taken = 0;
    for from in Status::ALL {
        for to in Status::ALL {
            let id = app.order_in(from.code()).await;
            let mut transaction = app.db.begin().await.expect("a transaction");
            let result = sqlx::query("UPDATE orders SET status = $2 WHERE id = $1")
                .bind(id)
                .bind(to.code())
                .execute(&mut *transaction)
                .await;
            if from == to {
                assert!(result.is_ok(), "{from:?} stays: no move");
            } else if from.move_to(to).is_some() {
                assert!(result.is_ok(), "{from:?} to {to:?}: {result:?}");
                taken += 1;
            } else {
                assert_eq!(code(&result.expect_err("refused")), "TA002", "{from:?} to {to:?}");
            }
            transaction.rollback().await.expect("rolled back");
        }
    }
    assert_eq!(taken, 10);
}

#[tokio::test]
async fn the_demo_shop_is_sound_and_has_every_state() {
    let app = App::start().await;
    assert_eq!(app.broken_invariants().await, []);
    let states: i64 =
        sqlx::query_scalar("SELECT count(DISTINCT status) FROM orders").fetch_one(&app.db).await.expect("a count");
    assert_eq!(states, 10);
    let kinds: i64 = sqlx::query_scalar("SELECT count(DISTINCT moderator_status) FROM reviews")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(kinds, 4);
}

#[tokio::test]
async fn every_table_that_the_specification_names_is_there_and_explained() {
    let app = App::start().await;
    for table in [
        "users",
        "user_sessions",
        "user_preferences",
        "user_activity",
        "addresses",
        "payment_methods",
        "cart_items",
        "wishlists",
        "orders",
        "order_status",
        "order_items",
        "order_shipping",
        "order_status_history",
        "order_notes",
        "payments",
        "payment_logs",
        "refunds",
        "products",
        "product_variants",
        "variant_attributes",
        "product_images",
        "product_specifications",
        "categories",
        "brands",
        "inventory",
        "warehouses",
        "stock_movements",
        "price_history",
        "reviews",
        "review_votes",
        "review_images",
        "product_ratings",
        "category_counts",
        "audit_log",
    ] {
        let comment: Option<String> = sqlx::query_scalar("SELECT obj_description(to_regclass($1), 'pg_class')")
            .bind(table)
            .fetch_one(&app.db)
            .await
            .expect(table);
        assert!(comment.is_some(), "{table} is missing or has no comment");
    }
}

#[tokio::test]
async fn the_last_piece_is_sold_once_to_two_hundred_buyers() {
    let app = App::start().await;
    let browser = app.browser();
    let (inventory, sku): (uuid::Uuid, String) = sqlx::query_as(
        "SELECT i.id, stock_sku(i.id) FROM inventory i JOIN products p ON p.id = i.product_id
         WHERE p.is_published AND i.quantity_available > 1 ORDER BY i.id LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("a stock line");
    // one piece left in this warehouse, none in the others
    sqlx::query(
        "SELECT stock_move(i.id, 'adjustment', CASE WHEN i.id = $1 THEN 1 ELSE 0 END - i.quantity_available, 'test', 'test:' || i.id)
         FROM inventory i JOIN inventory me ON me.id = $1 AND me.product_id = i.product_id AND me.variant_id IS NOT DISTINCT FROM i.variant_id
         WHERE i.quantity_available <> CASE WHEN i.id = $1 THEN 1 ELSE 0 END",
    )
    .bind(inventory)
    .execute(&app.db)
    .await
    .expect("an adjustment");
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..200 {
        let request = crate::checkout::request(&browser, &format!("last-{n}"), &sku, 1);
        tasks.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [201, 409, 503].contains(status)), "{answers:?}");
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn the_storefront_sees_and_touches_its_own_customer_only() {
    let app = App::start().await;
    let (mine, theirs): (uuid::Uuid, uuid::Uuid) = sqlx::query_as(
        "SELECT (SELECT id FROM orders WHERE status = 'PENDING' ORDER BY id LIMIT 1), (SELECT id FROM orders WHERE status = 'PENDING' ORDER BY id DESC LIMIT 1)",
    )
    .fetch_one(&app.db)
    .await
    .expect("two orders");
    let me: uuid::Uuid =
        sqlx::query_scalar("SELECT user_id FROM orders WHERE id = $1").bind(mine).fetch_one(&app.db).await.expect("me");
    let partition: String = sqlx::query_scalar("SELECT tableoid::regclass::text FROM orders WHERE id = $1")
        .bind(theirs)
        .fetch_one(&app.db)
        .await
        .expect("a partition");
    let mut shop = as_role(&app, "techally_app").await;

    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&mut shop).await.expect("no error");
    assert_eq!(seen, 0, "nobody sees nothing");
    sqlx::query("SELECT set_config('app.current_user_id', '', false)").execute(&mut shop).await.expect("set");
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(&mut shop)
        .await
        .expect("an empty setting is nobody");
    assert_eq!(seen, 0);
    sqlx::query("SELECT set_config('app.current_user_id', $1, false)")
        .bind(me.to_string())
        .execute(&mut shop)
        .await
        .expect("set");
    let strangers: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE user_id <> $1")
        .bind(me)
        .fetch_one(&mut shop)
        .await
        .expect("a count");
    assert_eq!(strangers, 0);

    for sql in [
        format!("SELECT count(*) FROM {partition}"),
        "SELECT count(*) FROM order_notes".into(),
        "SELECT count(*) FROM product_ratings".into(),
        "SELECT count(*) FROM audit_log".into(),
        format!("UPDATE orders SET grand_total = 0, subtotal = 0, shipping_total = 0 WHERE id = '{mine}'"),
        format!("UPDATE orders SET status = 'PROCESSING' WHERE id = '{mine}'"),
        "SELECT password_hash FROM users".into(),
        "SELECT stock_release_order(gen_random_uuid())".into(),
    ] {
        let result = sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut shop).await;
        assert_eq!(code(&result.expect_err(&sql)), "42501", "{sql}");
    }
    let strange = sqlx::query("UPDATE orders SET status = 'CANCELLED' WHERE id = $1 AND user_id <> $2")
        .bind(theirs)
        .bind(me)
        .execute(&mut shop)
        .await;
    assert_eq!(strange.expect("no error").rows_affected(), 0);
    let own = sqlx::query("UPDATE orders SET status = 'CANCELLED' WHERE id = $1").bind(mine).execute(&mut shop).await;
    assert_eq!(own.expect("its one move").rows_affected(), 1);
    assert_eq!(app.broken_invariants().await, [], "and the stock is free");
}

#[tokio::test]
async fn staff_logins_can_not_touch_quantities_logs_or_history() {
    let app = App::start().await;
    let mut staff = as_role(&app, "techally_admin").await;
    for sql in [
        "UPDATE inventory SET quantity_on_hand = 9",
        "INSERT INTO inventory (product_id, warehouse_id, quantity_on_hand) SELECT gen_random_uuid(), gen_random_uuid(), 5",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET actor_id = NULL",
        "TRUNCATE audit_log",
        "DELETE FROM stock_movements",
        "INSERT INTO order_status_history (order_id, to_status, actor_kind) SELECT id, status, 'staff' FROM orders LIMIT 1",
        "DELETE FROM orders",
        "UPDATE stock_reservations SET status = 'released'",
        "SELECT ensure_partitions_between('2020-01-01', '2020-02-01')",
    ] {
        let result = sqlx::query(sql).execute(&mut staff).await;
        assert_eq!(code(&result.expect_err(sql)), "42501", "{sql}");
    }
    // not even the owner changes the log
    let mut owner = as_role(&app, "techally_owner").await;
    sqlx::query("UPDATE brands SET name = name || '!' WHERE id = (SELECT id FROM brands LIMIT 1)")
        .execute(&mut owner)
        .await
        .expect("audited");
    for sql in ["DELETE FROM audit_log", "UPDATE audit_log SET reason = 'x'"] {
        assert_eq!(code(&sqlx::query(sql).execute(&mut owner).await.expect_err(sql)), "42501", "{sql}");
    }
}

#[tokio::test]
async fn the_audit_trail_has_no_secret_and_no_personal_value() {
    let app = App::start().await;
    sqlx::query("UPDATE users SET password_hash = 'top-secret-hash', phone_number = '+49 40 999888' WHERE email = 'support@techally.test'")
        .execute(&app.db)
        .await
        .expect("an update");
    let (log, kind): (String, String) = sqlx::query_as(
        "SELECT changed::text, actor_kind FROM audit_log WHERE table_name = 'users' ORDER BY id DESC LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("the row");
    assert!(log.contains("password_hash") && !log.contains("top-secret") && !log.contains("999888"), "{log}");
    assert_eq!(kind, "database", "an operator without an actor");
    let aside: String = sqlx::query_scalar(
        "SELECT personal -> 'phone_number' ->> 1 FROM audit_personal_values WHERE personal ? 'phone_number' ORDER BY audit_id DESC LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("the value");
    assert_eq!(aside, "+49 40 999888");
}

#[tokio::test]
async fn expired_holds_are_cancelled_by_the_system_and_free_their_stock() {
    let app = App::start().await;
    let id = app.order_in("PENDING").await;
    sqlx::query("UPDATE orders SET hold_expires_at = now() - interval '1 minute' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("expired");
    let released = techally::server::worker::release_expired_holds(&app.staff).await.expect("the worker");
    assert!(released >= 1);
    let (status, kind, reason): (String, String, String) = sqlx::query_as(
        "SELECT o.status, h.actor_kind, h.reason FROM orders o JOIN order_status_history h ON h.order_id = o.id AND h.to_status = 'CANCELLED' WHERE o.id = $1",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("the order");
    assert_eq!((status.as_str(), kind.as_str()), ("CANCELLED", "system"));
    assert_eq!(reason, "Payment did not arrive in time");
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn delivered_orders_complete_after_fourteen_days() {
    let app = App::start().await;
    let id = app.order_in("DELIVERED").await;
    sqlx::query("UPDATE orders SET status_changed_at = now() - interval '15 days' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("older");
    techally::server::worker::complete_delivered_orders(&app.staff).await.expect("the worker");
    assert_eq!(app.status(id).await.0, "COMPLETED");
}

#[tokio::test]
async fn an_order_outside_the_months_is_refused_and_months_are_made_once_by_two() {
    let app = App::start().await;
    let far = sqlx::query(
        "INSERT INTO orders (id, created_at, user_id, subtotal, grand_total, customer_name, customer_email)
         SELECT uuid_v7('2035-01-01'), '2035-01-01', id, 1, 1, 'a', 'b' FROM users LIMIT 1",
    )
    .execute(&app.db)
    .await;
    assert_eq!(code(&far.expect_err("no partition")), "23514");
    let make = || {
        sqlx::query_scalar::<_, i32>("SELECT ensure_partitions_between('2035-01-01', '2035-02-01')").fetch_one(&app.db)
    };
    let (one, two) = tokio::join!(make(), make());
    let (one, two) = (one.expect("made"), two.expect("harmless"));
    assert!(one.max(two) > 0 && one.min(two) == 0, "{one} and {two}");
    let ahead: i32 = sqlx::query_scalar("SELECT partitions_ahead()").fetch_one(&app.db).await.expect("months");
    assert!(ahead >= 12, "{ahead}");
}

#[tokio::test]
async fn migrations_run_again_and_from_two_instances_at_once() {
    let app = App::start().await;
    let url: secrecy::SecretString = {
        let base = std::env::var("TEST_DATABASE_URL").expect("set");
        base.replace("/postgres?", &format!("/{}?", app.database)).into()
    };
    let (one, two) = tokio::join!(techally::server::migrate::run(&url), techally::server::migrate::run(&url));
    one.expect("the first");
    two.expect("the second");
}

#[tokio::test]
async fn partitioned_tables_have_statistics_of_their_own_and_get_them_one_at_a_time() {
    let app = App::start().await;
    sqlx::query("SELECT pg_stat_reset()").execute(&app.db).await.expect("forgotten");
    let tables: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM partitioned_tables p JOIN pg_class c ON c.oid = p.table_name::text::regclass WHERE c.relowner = 'techally_owner'::regrole",
    )
    .fetch_one(&app.db)
    .await
    .expect("a number");
    assert!(tables > 5, "{tables}");
    for n in 0..tables {
        let done = techally::server::worker::analyze_partitioned_table(&app.staff).await.expect("analyzed");
        assert_eq!(done, 1, "table {n}");
    }
    let known: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stats WHERE tablename = 'orders' AND inherited AND attname = 'status'",
    )
    .fetch_one(&app.db)
    .await
    .expect("statistics");
    assert_eq!(known, 1);
    let again = techally::server::worker::analyze_partitioned_table(&app.staff).await.expect("nothing to do");
    assert_eq!(again, 0, "all are fresh");
}
