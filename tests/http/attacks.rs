//! The storefront's and the reports' logins as attackers: what each try is answered with.

use crate::app::{App, login_as};
use futures_util::StreamExt;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// What an attack must come to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    /// Refused with this SQLSTATE.
    Refused(&'static str),
    /// So many rows returned or changed.
    Rows(u64),
}
use Answer::{Refused, Rows};

/// Not allowed.
const DENIED: Answer = Refused("42501");

/// Attacks by somebody who is signed in as `{me}`; `{theirs}` and the like are another's.
const STOREFRONT: &[(&str, Answer)] = &[
    // reading another's rows
    ("SELECT 1 FROM orders WHERE id = '{theirs}'", Rows(0)),
    ("SELECT 1 FROM orders WHERE user_id <> '{me}'", Rows(0)),
    ("SELECT 1 FROM ONLY orders", Rows(0)),
    ("SELECT 1 FROM order_items WHERE order_id = '{theirs}'", Rows(0)),
    ("SELECT 1 FROM order_shipping WHERE order_id = '{theirs}'", Rows(0)),
    ("SELECT from_status FROM order_status_history WHERE order_id = '{theirs}'", Rows(0)),
    ("SELECT id FROM order_returns r WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = r.order_id)", Rows(0)),
    ("SELECT 1 FROM order_return_items r WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = r.order_id)", Rows(0)),
    ("SELECT id FROM payments WHERE order_id = '{theirs}'", Rows(0)),
    ("SELECT id FROM refunds r WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = r.order_id)", Rows(0)),
    ("SELECT id FROM users WHERE id <> '{me}'", Rows(0)),
    ("SELECT 1 FROM addresses WHERE user_id <> '{me}'", Rows(0)),
    ("SELECT id FROM payment_methods WHERE user_id <> '{me}'", Rows(0)),
    ("SELECT 1 FROM cart_items WHERE user_id <> '{me}'", Rows(0)),
    ("SELECT 1 FROM wishlists WHERE user_id <> '{me}'", Rows(0)),
    ("SELECT 1 FROM user_preferences WHERE user_id <> '{me}'", Rows(0)),
    ("SELECT 1 FROM review_votes WHERE user_id <> '{me}'", Rows(0)),
    ("SELECT id FROM reviews WHERE moderator_status <> 'approved' AND user_id <> '{me}'", Rows(0)),
    ("SELECT o.id FROM orders o JOIN users u ON u.id <> o.user_id", Rows(0)),
    (
        "WITH RECURSIVE r AS (SELECT id FROM orders UNION SELECT o.id FROM orders o JOIN r ON true) SELECT 1 FROM r WHERE id = '{theirs}'",
        Rows(0),
    ),
    ("SELECT 1 FROM orders TABLESAMPLE SYSTEM (100) WHERE user_id <> '{me}'", Rows(0)),
    ("DECLARE c CURSOR FOR SELECT id FROM orders WHERE id = '{theirs}'; FETCH ALL FROM c", Rows(0)),
    // what isn't for sale
    ("SELECT 1 FROM products WHERE id = '{hidden}'", Rows(0)),
    ("SELECT 1 FROM product_variants WHERE product_id = '{hidden}'", Rows(0)),
    ("SELECT 1 FROM product_images WHERE product_id = '{hidden}'", Rows(0)),
    ("SELECT 1 FROM product_specifications WHERE product_id = '{hidden}'", Rows(0)),
    ("SELECT 1 FROM public_product_ratings WHERE product_id = '{hidden}'", Rows(0)),
    // tables and columns that are the staff's
    ("SELECT 1 FROM order_notes", DENIED),
    ("SELECT 1 FROM audit_log", DENIED),
    ("SELECT 1 FROM audit_personal_values", DENIED),
    ("SELECT 1 FROM audit_seals", DENIED),
    ("SELECT 1 FROM audit_salt", DENIED),
    ("SELECT 1 FROM user_sessions", DENIED),
    ("SELECT 1 FROM user_activity", DENIED),
    ("SELECT 1 FROM payment_logs", DENIED),
    ("SELECT 1 FROM checkout_requests", DENIED),
    ("SELECT 1 FROM inventory", DENIED),
    ("SELECT 1 FROM stock_movements", DENIED),
    ("SELECT 1 FROM stock_reservations", DENIED),
    ("SELECT 1 FROM order_numbers", DENIED),
    ("SELECT 1 FROM refund_items", DENIED),
    ("SELECT password_hash FROM users", DENIED),
    ("SELECT mfa_secret FROM users", DENIED),
    ("SELECT role FROM users", DENIED),
    ("SELECT u FROM users u", DENIED),
    ("SELECT to_jsonb(u) FROM users u", DENIED),
    ("SELECT 1 FROM users ORDER BY password_hash", DENIED),
    ("SELECT gateway_id FROM payment_methods", DENIED),
    ("SELECT reference FROM payments", DENIED),
    ("SELECT reason FROM refunds", DENIED),
    ("SELECT reason FROM order_status_history", DENIED),
    ("SELECT actor_id FROM order_status_history", DENIED),
    ("SELECT moderated_by FROM reviews", DENIED),
    ("SELECT order_id FROM reviews", DENIED),
    // partitions by name
    ("SELECT 1 FROM {orders}", DENIED),
    ("SELECT 1 FROM {order_items}", DENIED),
    ("SELECT 1 FROM {order_shipping}", DENIED),
    ("SELECT 1 FROM {order_status_history}", DENIED),
    ("UPDATE {orders} SET status = 'CANCELLED'", DENIED),
    ("DELETE FROM {orders}", DENIED),
    ("INSERT INTO {orders} DEFAULT VALUES", DENIED),
    // views
    ("SELECT 1 FROM product_ratings", DENIED),
    ("SELECT 1 FROM category_counts", DENIED),
    ("SELECT 1 FROM masked_users", DENIED),
    ("SELECT 1 FROM masked_orders", DENIED),
    // functions of the owner
    ("SELECT stock_release_order('{theirs}')", DENIED),
    ("SELECT stock_move(gen_random_uuid(), 'purchase', 1, '', 'k')", DENIED),
    ("SELECT stock_sku(gen_random_uuid())", DENIED),
    ("SELECT release_expired_holds(1)", DENIED),
    ("SELECT check_invariants()", DENIED),
    ("SELECT refresh_stale_views()", DENIED),
    ("SELECT ensure_partitions(1)", DENIED),
    ("SELECT seal_audit_log()", DENIED),
    ("SELECT erase_audit_rows('users', ARRAY['{them}'], 'users', '{them}')", DENIED),
    ("SELECT audit_write('users', '{them}', 'UPDATE', '{}')", DENIED),
    (
        "CREATE TEMP TABLE t (id uuid); CREATE TRIGGER t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION audit_row('orders', 'id')",
        DENIED,
    ),
    (
        "CREATE TEMP TABLE t (order_id uuid); CREATE TRIGGER t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION order_money_sums()",
        DENIED,
    ),
    ("SELECT nextval('order_number_seq')", DENIED),
    // COPY
    ("COPY users TO STDOUT", DENIED),
    ("COPY {orders} TO STDOUT", DENIED),
    ("COPY orders FROM STDIN", DENIED),
    ("COPY addresses FROM STDIN", DENIED),
    ("COPY orders TO '/tmp/orders'", DENIED),
    ("COPY orders TO PROGRAM 'cat'", DENIED),
    // EXPLAIN asks for the same rights; what it shows is looked at below
    ("EXPLAIN SELECT password_hash FROM users", DENIED),
    ("EXPLAIN ANALYZE SELECT 1 FROM {orders}", DENIED),
    // finding out by foreign keys and unique indexes: hidden and missing are answered alike
    ("INSERT INTO cart_items (user_id, product_id, quantity) VALUES ('{me}', '{hidden}', 1)", DENIED),
    ("INSERT INTO cart_items (user_id, product_id, quantity) VALUES ('{me}', gen_random_uuid(), 1)", DENIED),
    ("INSERT INTO wishlists (user_id, product_id) VALUES ('{me}', '{hidden}')", DENIED),
    ("INSERT INTO wishlists (user_id, product_id) VALUES ('{me}', gen_random_uuid())", DENIED),
    ("INSERT INTO reviews (product_id, user_id, order_id, rating) VALUES ('{product}', '{me}', '{theirs}', 5)", DENIED),
    (
        "INSERT INTO reviews (product_id, user_id, order_id, rating) VALUES ('{product}', '{me}', gen_random_uuid(), 5)",
        DENIED,
    ),
    ("INSERT INTO reviews (product_id, user_id, rating) VALUES ('{hidden}', '{me}', 5)", DENIED),
    ("INSERT INTO review_votes (review_id, user_id, is_helpful) VALUES ('{hidden_review}', '{me}', true)", DENIED),
    ("INSERT INTO review_votes (review_id, user_id, is_helpful) VALUES (gen_random_uuid(), '{me}', true)", DENIED),
    (
        "INSERT INTO addresses (id, user_id, recipient_name, street, postal_code, city, country) VALUES ('{their_address}', '{me}', 'a', 'b', 'c', 'd', 'DE')",
        DENIED,
    ),
    ("INSERT INTO cart_items (user_id, product_id, quantity) VALUES ('{them}', '{their_cart_product}', 1)", DENIED),
    (
        "INSERT INTO cart_items (user_id, product_id, quantity) VALUES ('{them}', '{their_cart_product}', 1) ON CONFLICT DO NOTHING",
        DENIED,
    ),
    (
        "INSERT INTO cart_items (user_id, product_id, quantity) VALUES ('{them}', '{their_cart_product}', 1)
      ON CONFLICT (user_id, product_id, variant_id) DO UPDATE SET quantity = 999",
        DENIED,
    ),
    ("INSERT INTO wishlists (user_id, product_id) VALUES ('{them}', '{product}') RETURNING id", DENIED),
    ("CREATE TEMP TABLE t (id uuid REFERENCES order_notes (id))", Refused("42P16")),
    // becoming somebody else, switching guards off
    ("SET ROLE techally_admin", DENIED),
    ("SET ROLE techally_owner", DENIED),
    ("SET ROLE techally_audit", DENIED),
    ("SET ROLE techally_readonly", DENIED),
    ("SET SESSION AUTHORIZATION postgres", DENIED),
    ("SET LOCAL row_security = off; SELECT 1 FROM orders", DENIED),
    ("SET LOCAL row_security = off; SELECT 1 FROM cart_items", DENIED),
    ("SET LOCAL session_replication_role = replica", DENIED),
    ("ALTER ROLE CURRENT_USER BYPASSRLS", DENIED),
    ("GRANT techally_admin TO CURRENT_USER", DENIED),
    ("GRANT SELECT ON order_notes TO PUBLIC", DENIED),
    ("ALTER TABLE orders DISABLE ROW LEVEL SECURITY", DENIED),
    ("ALTER TABLE orders DISABLE TRIGGER ALL", DENIED),
    ("DROP POLICY user_orders ON orders", DENIED),
    ("CREATE POLICY all_of_it ON orders USING (true)", DENIED),
    ("CREATE TEMP TABLE t () INHERITS (orders)", Refused("42809")),
    ("CREATE TEMP TABLE t () INHERITS (addresses)", DENIED),
    ("CREATE TABLE public.t (id int)", DENIED),
    ("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", DENIED),
    ("CREATE RULE r AS ON UPDATE TO orders DO INSTEAD NOTHING", DENIED),
    ("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE", DENIED),
    ("LOCK TABLE addresses IN EXCLUSIVE MODE", DENIED),
    ("TRUNCATE cart_items", DENIED),
    ("SELECT pg_read_file('/etc/passwd')", DENIED),
    ("SELECT 1 FROM pg_authid", DENIED),
    ("SELECT 1 FROM pg_statistic", DENIED),
    ("SELECT 1 FROM pg_stats WHERE tablename ~ '^(orders|users|addresses|order_|payments|refunds)'", Rows(0)),
    ("SELECT 1 FROM pg_stat_statements", DENIED),
    // prices, totals, states
    ("UPDATE orders SET grand_total = 0, subtotal = 0, shipping_total = 0 WHERE id = '{mine}'", DENIED),
    ("UPDATE orders SET paid_total = grand_total WHERE id = '{mine}'", DENIED),
    ("UPDATE orders SET payment_status = 'paid' WHERE id = '{mine}'", DENIED),
    ("UPDATE orders SET hold_expires_at = 'infinity' WHERE id = '{mine}'", DENIED),
    ("UPDATE orders SET user_id = '{them}' WHERE id = '{mine}'", DENIED),
    ("UPDATE orders SET status = 'PROCESSING' WHERE id = '{mine}'", DENIED),
    ("UPDATE orders SET status = 'CONFIRMED' WHERE id = '{mine}'", Refused("TA002")),
    ("UPDATE orders SET status = 'CANCELLED' WHERE id = '{my_confirmed}'", DENIED),
    ("UPDATE orders SET status = 'CANCELLED' WHERE id = '{theirs}'", Rows(0)),
    ("UPDATE orders SET status = 'CANCELLED' WHERE id = '{theirs}' RETURNING id, user_id, customer_email", Rows(0)),
    ("UPDATE orders o SET status = 'CANCELLED' FROM orders p WHERE p.id = '{theirs}' AND o.id = '{mine}'", Rows(0)),
    ("SELECT 1 FROM orders WHERE id = '{theirs}' FOR UPDATE", Rows(0)),
    (
        "INSERT INTO orders (user_id, subtotal, grand_total, customer_name, customer_email) VALUES ('{me}', 0, 0, 'a', 'b')",
        DENIED,
    ),
    ("DELETE FROM orders WHERE id = '{mine}'", DENIED),
    ("UPDATE order_items SET unit_price = 0, line_total = 0", DENIED),
    (
        "INSERT INTO order_items (order_id, product_id, sku, product_name, quantity, unit_price, line_total) VALUES ('{mine}', '{product}', 'a', 'b', 1, 0, 0)",
        DENIED,
    ),
    (
        "INSERT INTO order_status_history (order_id, to_status, actor_kind) VALUES ('{mine}', 'SHIPPED', 'staff')",
        DENIED,
    ),
    (
        "INSERT INTO payments (order_id, provider, method, status, amount, captured_amount, currency, reference) VALUES ('{mine}', 'x', 'card', 'captured', 1, 1, 'EUR', 'x')",
        DENIED,
    ),
    ("UPDATE payments SET status = 'captured'", DENIED),
    (
        "INSERT INTO refunds (payment_id, order_id, amount, currency, reason) VALUES (gen_random_uuid(), '{mine}', 1, 'EUR', 'x')",
        DENIED,
    ),
    ("UPDATE products SET base_price = 0.01", DENIED),
    // people
    ("UPDATE users SET role = 'super_admin' WHERE id = '{me}'", DENIED),
    ("UPDATE users SET status = 'active' WHERE id = '{me}'", DENIED),
    ("UPDATE users SET email = 'a@b.c' WHERE id = '{me}'", DENIED),
    ("UPDATE users SET email_verified = true WHERE id = '{me}'", DENIED),
    ("UPDATE users SET password_hash = 'x' WHERE id = '{me}'", DENIED),
    ("UPDATE users SET id = '{them}' WHERE id = '{me}'", DENIED),
    ("UPDATE users SET first_name = 'x' WHERE id = '{them}'", Rows(0)),
    ("INSERT INTO users (email, password_hash, first_name, last_name) VALUES ('a@b.c', 'x', 'y', 'z')", DENIED),
    (
        "INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country) VALUES ('{them}', 'a', 'b', 'c', 'd', 'DE')",
        DENIED,
    ),
    ("UPDATE addresses SET user_id = '{them}'", DENIED),
    ("UPDATE addresses SET street = 'x' WHERE id = '{their_address}'", Rows(0)),
    ("UPDATE addresses a SET city = left(o.customer_email, 100) FROM orders o WHERE o.id = '{theirs}'", Rows(0)),
    ("UPDATE addresses a SET city = left(b.street, 100) FROM addresses b WHERE b.id = '{their_address}'", Rows(0)),
    ("UPDATE addresses SET created_at = now()", DENIED),
    ("DELETE FROM addresses", DENIED),
    ("DELETE FROM cart_items WHERE user_id = '{them}'", Rows(0)),
    ("UPDATE cart_items SET user_id = '{them}'", DENIED),
    (
        "MERGE INTO cart_items c USING (SELECT '{them}'::uuid AS u) s ON c.user_id = s.u WHEN MATCHED THEN UPDATE SET quantity = 999",
        Rows(0),
    ),
    ("DELETE FROM wishlists WHERE user_id <> '{me}' RETURNING product_id", Rows(0)),
    ("UPDATE payment_methods SET gateway_id = 'x'", DENIED),
    ("UPDATE payment_methods SET is_default = true WHERE user_id = '{them}'", Rows(0)),
    ("UPDATE user_preferences SET theme = 'dark' WHERE user_id = '{them}'", Rows(0)),
    ("UPDATE user_preferences SET user_id = '{them}'", DENIED),
    // reviews
    (
        "INSERT INTO reviews (product_id, user_id, rating, moderator_status, moderated_at) VALUES ('{product}', '{me}', 5, 'approved', now())",
        DENIED,
    ),
    ("INSERT INTO reviews (product_id, user_id, rating) VALUES ('{product}', '{them}', 5)", DENIED),
    ("UPDATE reviews SET moderator_status = 'approved'", DENIED),
    ("UPDATE reviews SET user_id = '{them}'", DENIED),
    ("UPDATE reviews SET rating = 1 WHERE user_id = '{them}'", Rows(0)),
    ("UPDATE reviews SET deleted_at = NULL WHERE id = '{my_deleted_review}'", DENIED),
    ("DELETE FROM reviews", DENIED),
    // operators that tell what they see: they see own rows only, so nothing fails
    ("SELECT 1 FROM orders WHERE 1 / (CASE WHEN id = '{theirs}' THEN 0 ELSE 1 END) < 0", Rows(0)),
    ("SELECT 1 FROM orders WHERE id = '{theirs}' AND customer_email::int > 0", Rows(0)),
    ("SELECT id FROM users WHERE id = '{them}' AND email::int > 0", Rows(0)),
    ("SELECT 1 FROM order_shipping WHERE order_id = '{theirs}' AND street::int > 0", Rows(0)),
];

/// The same with nobody, an empty or an unreadable setting.
const NOBODY: &[(Option<&str>, &str, Answer)] = &[
    (None, "SELECT 1 FROM orders", Rows(0)),
    (None, "SELECT id FROM users", Rows(0)),
    (None, "UPDATE orders SET status = 'CANCELLED'", Rows(0)),
    (None, "INSERT INTO wishlists (user_id, product_id) VALUES ('{them}', '{product}')", DENIED),
    (Some(""), "SELECT 1 FROM orders", Rows(0)),
    (Some(""), "SELECT 1 FROM order_items", Rows(0)),
    (Some(""), "SELECT id FROM users", Rows(0)),
    (Some(""), "DELETE FROM cart_items", Rows(0)),
    (Some("' OR true"), "SELECT 1 FROM orders", Refused("22P02")),
    (Some("0"), "SELECT id FROM users", Refused("22P02")),
    (Some("00000000-0000-0000-0000-000000000000"), "SELECT 1 FROM orders", Rows(0)),
];

/// Reports read masked views and what says nothing about anybody.
const REPORTS: &[(&str, Answer)] = &[
    ("SELECT 1 FROM users", DENIED),
    ("SELECT 1 FROM orders", DENIED),
    ("SELECT 1 FROM {orders}", DENIED),
    ("SELECT 1 FROM {order_items}", DENIED),
    ("SELECT 1 FROM {stock_movements}", DENIED),
    ("SELECT 1 FROM order_shipping", DENIED),
    ("SELECT 1 FROM order_status_history", DENIED),
    ("SELECT 1 FROM order_notes", DENIED),
    ("SELECT 1 FROM addresses", DENIED),
    ("SELECT 1 FROM payments", DENIED),
    ("SELECT 1 FROM payment_methods", DENIED),
    ("SELECT 1 FROM payment_logs", DENIED),
    ("SELECT 1 FROM refunds", DENIED),
    ("SELECT 1 FROM reviews", DENIED),
    ("SELECT 1 FROM cart_items", DENIED),
    ("SELECT 1 FROM wishlists", DENIED),
    ("SELECT 1 FROM user_sessions", DENIED),
    ("SELECT 1 FROM user_activity", DENIED),
    ("SELECT 1 FROM user_preferences", DENIED),
    ("SELECT 1 FROM checkout_requests", DENIED),
    ("SELECT 1 FROM audit_log", DENIED),
    ("SELECT 1 FROM audit_personal_values", DENIED),
    ("SELECT reason FROM stock_movements", DENIED),
    ("SELECT actor_id FROM stock_movements", DENIED),
    ("SELECT changed_by FROM price_history", DENIED),
    ("SELECT 1 FROM masked_reviews WHERE id = '{hidden_review}'", Rows(0)),
    ("SELECT 1 FROM pg_stats WHERE tablename ~ '^(orders|users|addresses|order_shipping|payments|refunds)'", Rows(0)),
    ("SELECT stock_sku(gen_random_uuid())", DENIED),
    ("UPDATE masked_users SET role = 'admin'", DENIED),
    ("DELETE FROM masked_orders", DENIED),
    ("UPDATE products SET base_price = 0.01", DENIED),
    ("SET ROLE techally_admin", DENIED),
    ("SET LOCAL row_security = off; SELECT 1 FROM users", DENIED),
    ("COPY users TO STDOUT", DENIED),
    ("CREATE TABLE public.t (id int)", DENIED),
];

/// Ids that the attacks name.
struct Scene {
    names: Vec<(&'static str, String)>,
    me: Uuid,
    their_email: String,
}

impl Scene {
    /// Two customers with something to steal; what the demo shop lacks is added.
    async fn set(app: &App) -> Self {
        let (mine, me, my_confirmed): (Uuid, Uuid, Uuid) = sqlx::query_as(
            "SELECT o.id, o.user_id, (SELECT id FROM orders WHERE status = 'CONFIRMED' ORDER BY id LIMIT 1)
             FROM orders o WHERE o.status = 'PENDING' ORDER BY o.id LIMIT 1",
        )
        .fetch_one(&app.db)
        .await
        .expect("my order");
        let (theirs, them, their_email): (Uuid, Uuid, String) = sqlx::query_as(
            "SELECT id, user_id, customer_email FROM orders WHERE status = 'PENDING' AND user_id <> $1 ORDER BY id DESC LIMIT 1",
        )
        .bind(me)
        .fetch_one(&app.db)
        .await
        .expect("their order");
        let prepare = format!(
            "UPDATE orders SET user_id = '{me}' WHERE id = '{my_confirmed}';
             UPDATE products SET is_published = false WHERE id = (SELECT r.product_id FROM product_ratings r JOIN products p ON p.id = r.product_id
                 WHERE p.is_published ORDER BY r.product_id LIMIT 1);
             INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country)
                 VALUES ('{me}', 'M', 'Mine 1', '1', 'M', 'DE'), ('{them}', 'T', 'Theirs 1', '2', 'T', 'DE');
             DELETE FROM cart_items WHERE user_id = '{them}';
             INSERT INTO cart_items (user_id, product_id, quantity) SELECT '{them}', id, 1 FROM products WHERE is_published ORDER BY id DESC LIMIT 1;
             INSERT INTO wishlists (user_id, product_id) SELECT '{them}', id FROM products WHERE is_published ORDER BY id DESC LIMIT 1 ON CONFLICT DO NOTHING;
             DELETE FROM review_votes WHERE review_id IN (SELECT id FROM reviews WHERE user_id = '{me}');
             DELETE FROM review_images WHERE review_id IN (SELECT id FROM reviews WHERE user_id = '{me}');
             DELETE FROM reviews WHERE user_id = '{me}';
             INSERT INTO reviews (product_id, user_id, rating, body, deleted_at) SELECT id, '{me}', 1, 'gone', now() FROM products ORDER BY id DESC LIMIT 1;
             INSERT INTO reviews (product_id, user_id, rating, body, moderator_status, moderated_at)
                 SELECT id, '{me}', 1, 'approved', 'approved', now() FROM products WHERE is_published ORDER BY id LIMIT 1;
             ANALYZE orders, users, addresses"
        );
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&app.db).await.expect("the scene");
        let one = async |sql: &str| {
            sqlx::query_scalar::<_, String>(AssertSqlSafe(sql.to_owned())).fetch_one(&app.db).await.expect(sql)
        };
        let month = "SELECT substring(tableoid::regclass::text FROM 'y....m..') FROM orders WHERE id = ";
        let suffix = one(&format!("{month}'{theirs}'")).await;
        let mut names = vec![
            ("{me}", me.to_string()),
            ("{them}", them.to_string()),
            ("{mine}", mine.to_string()),
            ("{theirs}", theirs.to_string()),
            ("{my_confirmed}", my_confirmed.to_string()),
            ("{product}", one("SELECT id::text FROM products WHERE is_published ORDER BY id DESC LIMIT 1").await),
            (
                "{hidden}",
                one("SELECT r.product_id::text FROM product_ratings r JOIN products p ON p.id = r.product_id WHERE NOT p.is_published LIMIT 1")
                    .await,
            ),
            (
                "{hidden_review}",
                one(&format!("SELECT id::text FROM reviews WHERE moderator_status = 'rejected' AND user_id <> '{me}' LIMIT 1")).await,
            ),
            ("{my_deleted_review}", one(&format!("SELECT id::text FROM reviews WHERE user_id = '{me}' AND body = 'gone'")).await),
            ("{their_address}", one(&format!("SELECT id::text FROM addresses WHERE user_id = '{them}' LIMIT 1")).await),
            ("{their_cart_product}", one(&format!("SELECT product_id::text FROM cart_items WHERE user_id = '{them}'")).await),
        ];
        for (name, table) in [
            ("{orders}", "orders"),
            ("{order_items}", "order_items"),
            ("{order_shipping}", "order_shipping"),
            ("{order_status_history}", "order_status_history"),
            ("{stock_movements}", "stock_movements"),
        ] {
            names.push((name, format!("{table}_{suffix}")));
        }
        Self { names, me, their_email }
    }

    fn fill(&self, sql: &str) -> String {
        self.names.iter().fold(sql.to_owned(), |sql, (name, value)| sql.replace(name, value))
    }
}

/// Tries one attack in a transaction that is rolled back.
async fn attempt(connection: &mut PgConnection, who: Option<&str>, sql: &str) -> Answer {
    let mut transaction = connection.begin().await.expect("a transaction");
    if let Some(who) = who {
        sqlx::query("SELECT set_config('app.current_user_id', $1, true)")
            .bind(who)
            .execute(&mut *transaction)
            .await
            .expect("set");
    }
    let result = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *transaction).await;
    transaction.rollback().await.expect("rolled back");
    match result {
        Ok(done) => Rows(done.rows_affected()),
        Err(error) => {
            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
            // a code is known for as long as the test runs
            Refused(String::leak(code.unwrap_or_else(|| panic!("{sql}: {error}")).into_owned()))
        }
    }
}

#[tokio::test]
async fn the_storefronts_login_gets_nothing_that_is_not_its_customers() {
    let app = App::start().await;
    let scene = Scene::set(&app).await;
    let me = scene.me.to_string();
    let mut shop = login_as(&app, "techally_shop", "techally_app").await;
    let mut wrong = Vec::new();
    // before anything was set on this connection
    for (who, sql, expected) in NOBODY.iter().filter(|(who, ..)| who.is_none()) {
        let answer = attempt(&mut shop, *who, &scene.fill(sql)).await;
        if answer != *expected {
            wrong.push(format!("nobody: {sql}: {answer:?}, not {expected:?}"));
        }
    }
    for (sql, expected) in STOREFRONT {
        let answer = attempt(&mut shop, Some(&me), &scene.fill(sql)).await;
        if answer != *expected {
            wrong.push(format!("{sql}: {answer:?}, not {expected:?}"));
        }
    }
    // and after: a pooled connection has '' left where a setting was
    for (who, sql, expected) in NOBODY {
        let answer = attempt(&mut shop, *who, &scene.fill(sql)).await;
        if answer != *expected {
            wrong.push(format!("{who:?}: {sql}: {answer:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    leaky_functions_see_own_rows_only(&mut shop, &scene).await;

    // EXPLAIN shows a plan and no values of rows that it may not read
    sqlx::query("SELECT set_config('app.current_user_id', $1, false)").bind(&me).execute(&mut shop).await.expect("set");
    let explain =
        scene.fill("EXPLAIN (ANALYZE, VERBOSE, BUFFERS) SELECT customer_email FROM orders WHERE id = '{theirs}'");
    let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(&mut shop).await.expect("a plan");
    assert!(!plan.join("\n").contains(&scene.their_email), "{plan:?}");

    // COPY out is a read like any other
    let mut copied = Vec::new();
    let mut stream = shop.copy_out_raw("COPY (SELECT user_id FROM orders) TO STDOUT").await.expect("allowed");
    while let Some(bytes) = stream.next().await {
        copied.extend_from_slice(&bytes.expect("rows"));
    }
    drop(stream);
    let copied = String::from_utf8(copied).expect("text");
    assert!(copied.lines().count() >= 2 && copied.lines().all(|line| line == me), "{copied}");

    // what it may do is done in its customer's name, whatever it says of itself
    sqlx::raw_sql(AssertSqlSafe(scene.fill(
        "BEGIN; SELECT set_config('app.current_user_id', '{me}', true), set_config('app.actor_kind', 'system', true);
         UPDATE orders SET status = 'CANCELLED' WHERE id = '{mine}';
         UPDATE reviews SET body = 'other words' WHERE user_id = '{me}' AND moderator_status = 'approved';
         COMMIT",
    )))
    .execute(&mut shop)
    .await
    .expect("its own");
    let mine = scene.fill("{mine}");
    let kinds: Vec<String> = sqlx::query_scalar(
        "SELECT actor_kind FROM audit_log WHERE table_name = 'orders' AND row_id = $1 AND changed ? 'status'
         UNION ALL SELECT actor_kind FROM order_status_history WHERE order_id = $1::uuid AND to_status = 'CANCELLED'",
    )
    .bind(&mine)
    .fetch_all(&app.db)
    .await
    .expect("its traces");
    assert_eq!(kinds, ["customer", "customer"]);
    let review: String =
        sqlx::query_scalar("SELECT moderator_status FROM reviews WHERE user_id = $1 AND body = 'other words'")
            .bind(scene.me)
            .fetch_one(&app.db)
            .await
            .expect("my review");
    assert_eq!(review, "pending", "what was approved is not what it says now");
    assert_eq!(app.broken_invariants().await, [], "and the stock is free");
}

/// A function of the attacker's own that notes whatever it is called with, and is as cheap as can be.
async fn leaky_functions_see_own_rows_only(shop: &mut PgConnection, scene: &Scene) {
    let mut transaction = shop.begin().await.expect("a transaction");
    let attack = scene.fill(
        "SELECT set_config('app.current_user_id', '{me}', true);
         CREATE TEMP TABLE seen (value text);
         CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
             $$ BEGIN INSERT INTO pg_temp.seen VALUES ($1); RETURN true; END $$;
         CREATE OPERATOR pg_temp.~~~ (PROCEDURE = pg_temp.leak, RIGHTARG = text);
         SELECT 1 FROM orders WHERE pg_temp.leak(user_id::text);
         SELECT 1 FROM orders WHERE OPERATOR(pg_temp.~~~) user_id::text;
         SELECT 1 FROM orders o JOIN order_items i ON i.order_id = o.id AND pg_temp.leak(o.user_id::text);
         SELECT id FROM users WHERE pg_temp.leak(id::text);
         SELECT 1 FROM addresses WHERE pg_temp.leak(user_id::text);
         SELECT 1 FROM public_product_ratings WHERE pg_temp.leak(product_id::text);",
    );
    sqlx::raw_sql(AssertSqlSafe(attack)).execute(&mut *transaction).await.expect("allowed to try");
    let seen: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT value FROM pg_temp.seen").fetch_all(&mut *transaction).await.expect("seen");
    transaction.rollback().await.expect("rolled back");
    assert!(seen.contains(&scene.me.to_string()), "the attack works");
    for hidden in ["{them}", "{hidden}"] {
        assert!(!seen.contains(&scene.fill(hidden)), "{hidden} leaked");
    }
}

#[tokio::test]
async fn the_reports_login_reads_no_table_with_personal_data_and_no_mask_lets_any_through() {
    let app = App::start().await;
    let scene = Scene::set(&app).await;
    let mut reports = login_as(&app, "techally_report", "techally_readonly").await;
    let mut wrong = Vec::new();
    for (sql, expected) in REPORTS {
        let answer = attempt(&mut reports, None, &scene.fill(sql)).await;
        if answer != *expected {
            wrong.push(format!("{sql}: {answer:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // every column of every masked view against every personal column of its table, row by row
    let pairs: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT v.table_name::text, v.column_name::text, p.table_name::text, p.column_name::text
         FROM information_schema.columns v
         JOIN audit_columns p ON 'masked_' || p.table_name = v.table_name AND p.kind IN ('personal', 'secret')
         WHERE v.table_name LIKE 'masked%' ORDER BY 1, 2, 4",
    )
    .fetch_all(&app.db)
    .await
    .expect("columns");
    assert!(pairs.len() > 300, "{}", pairs.len());
    let key = |table: &str| if table == "order_shipping" { "order_id" } else { "id" };
    let mut leaks = Vec::new();
    for (view, shown, table, personal) in pairs {
        let key = key(&table);
        // a value that the view shows on purpose may be in another column too: a city in its region
        let open = if shown == personal { "''".to_owned() } else { format!("'{shown}'") };
        let sql = format!(
            "SELECT count(*) FROM {view} v JOIN {table} t ON t.{key} = v.{key}
             WHERE length(t.{personal}::text) > 3 AND v.{shown}::text IS DISTINCT FROM to_jsonb(t) ->> {open} AND position(t.{personal}::text IN v.{shown}::text) > 0"
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&app.db).await.expect("a count");
        if rows > 0 {
            leaks.push(format!("{view}.{shown} shows {table}.{personal}"));
        }
    }
    // the specification of the masks: reports see city and country, and what was approved for everybody
    assert_eq!(
        leaks,
        [
            "masked_addresses.city shows addresses.city",
            "masked_order_shipping.city shows order_shipping.city",
            "masked_orders.billing_city shows orders.billing_city",
            "masked_reviews.body shows reviews.body",
            "masked_reviews.title shows reviews.title",
        ],
        "{leaks:?}"
    );
    let masks: (String, String, String, String, Option<String>) = sqlx::query_as(
        "SELECT mask_email('owen@mail.example'), mask_phone('+49 40 5550218'), mask_name('Öwen'), mask_text('Lindenallee 14'), mask_email(NULL)",
    )
    .fetch_one(&mut reports)
    .await
    .expect("masks");
    assert_eq!(masks, ("o•••@mail.example".into(), "•••• ••• 218".into(), "Ö.".into(), "•••".into(), None));
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM masked_orders").fetch_one(&mut reports).await.expect("rows");
    assert!(rows >= 1_000, "and it can work: {rows}");
}
