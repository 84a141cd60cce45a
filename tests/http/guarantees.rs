//! Stock and money under load and against wrong sums; views that follow what they count; months and their bounds.

use crate::app::{App, superuser_url};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use std::time::{Duration, Instant};
use techally::server::worker;
use uuid::Uuid;

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
}

/// A small generator, so that a failure can be played again from its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

const PLACE: &str = "
    WITH u AS (SELECT id FROM users WHERE role = 'customer' AND status = 'active' ORDER BY id OFFSET $1 LIMIT 1),
         p AS (SELECT p.id, p.sku, p.name, p.base_price, n.quantity
               FROM (SELECT unnest($2::uuid[]) AS id, unnest($3::int[]) AS quantity) AS n JOIN products p ON p.id = n.id),
         o AS (INSERT INTO orders (user_id, subtotal, grand_total, item_count, customer_name, customer_email)
               SELECT u.id, t.total, t.total, t.pieces, 'Race', 'race@buyers.example'
               FROM u, (SELECT sum(base_price * quantity) AS total, sum(quantity)::int AS pieces FROM p) t RETURNING id),
         s AS (INSERT INTO order_shipping (order_id, recipient_name, street, postal_code, city, country) SELECT id, 'R', 'S', '1', 'C', 'DE' FROM o),
         i AS (INSERT INTO order_items (order_id, product_id, sku, product_name, quantity, unit_price, line_total)
               SELECT o.id, p.id, p.sku, p.name, p.quantity, p.base_price, p.base_price * p.quantity FROM o, p)
    SELECT id FROM o";

/// One order from the hold to wherever chance takes it, each step in a transaction of its own.
async fn live(pool: &PgPool, articles: &[Uuid], chance: &mut Chance) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let first = usize::try_from(chance.below(articles.len() as u64)).unwrap_or(0);
    let second = (first + 1) % articles.len();
    let quantities = [1 + chance.below(3), 1 + chance.below(3)].map(|n| i32::try_from(n).unwrap_or(1));
    let id: Uuid = sqlx::query_scalar(PLACE)
        .bind(i64::try_from(chance.below(50)).unwrap_or(0))
        .bind([articles[first], articles[second]])
        .bind(quantities)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query("SELECT stock_reserve_order($1, now() + interval '1 hour')")
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    let steps: &[&str] = match chance.below(5) {
        0 => &["CANCELLED"],
        1 => &["PROCESSING", "FAILED"],
        2 => &["PROCESSING", "CONFIRMED", "CANCELLED"],
        3 => &["PROCESSING", "CONFIRMED", "PREPARING", "SHIPPED"],
        _ => &["PROCESSING", "CONFIRMED", "PREPARING", "SHIPPED", "DELIVERED", "RETURNED"],
    };
    for step in steps {
        let mut transaction = pool.begin().await?;
        sqlx::query("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE").bind(id).execute(&mut *transaction).await?;
        let work = match *step {
            "CONFIRMED" => {
                "INSERT INTO payments (order_id, provider, method, status, amount, captured_amount, currency, reference)
                 SELECT id, 'race', 'card', 'captured', grand_total, grand_total, currency, id::text FROM orders WHERE id = '{id}' AND grand_total > 0;
                 SELECT stock_confirm_order('{id}')"
            }
            "SHIPPED" => "SELECT stock_ship_order('{id}')",
            "RETURNED" => {
                "WITH r AS (INSERT INTO order_returns (order_id, reason) VALUES ('{id}', 'race') RETURNING id)
                 INSERT INTO order_return_items (return_id, order_id, order_item_id, quantity, disposition)
                     SELECT r.id, i.order_id, i.id, i.quantity, 'restock' FROM r, order_items i WHERE i.order_id = '{id}';
                 SELECT stock_return_item(order_id, id, quantity, 'restock', 'race:' || id) FROM order_items WHERE order_id = '{id}'"
            }
            _ => "SELECT 1",
        };
        sqlx::raw_sql(AssertSqlSafe(work.replace("{id}", &id.to_string()))).execute(&mut *transaction).await?;
        sqlx::query("UPDATE orders SET status = $2 WHERE id = $1")
            .bind(id)
            .bind(*step)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}

#[tokio::test]
async fn stock_is_right_after_a_race_of_orders_over_few_articles_and_several_warehouses() {
    let app = App::start().await;
    let pool =
        PgPoolOptions::new().max_connections(16).connect(superuser_url(&app).expose_secret()).await.expect("a pool");
    // five articles that lie in several warehouses, few pieces of each
    let articles: Vec<Uuid> = sqlx::query_scalar(
        "SELECT i.product_id FROM inventory i JOIN products p ON p.id = i.product_id WHERE i.variant_id IS NULL AND p.base_price > 0
         GROUP BY i.product_id HAVING count(*) > 1 ORDER BY 1 LIMIT 5",
    )
    .fetch_all(&app.db)
    .await
    .expect("articles");
    assert_eq!(articles.len(), 5);
    sqlx::query(
        "SELECT stock_move(id, 'adjustment', 12 - quantity_available, 'race', 'race:' || id) FROM inventory
         WHERE product_id = ANY ($1) AND variant_id IS NULL AND quantity_available <> 12",
    )
    .bind(&articles)
    .execute(&app.db)
    .await
    .expect("few pieces");
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0 | 1);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16_u64 {
        let (pool, articles, mut chance) =
            (pool.clone(), articles.clone(), Chance(seed ^ (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        tasks.spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..12 {
                answers.push(
                    live(&pool, &articles, &mut chance).await.err().map(|error| (code(&error), error.to_string())),
                );
            }
            answers
        });
    }
    let answers = tasks.join_all().await.concat();
    let done = answers.iter().filter(|answer| answer.is_none()).count();
    let strange: Vec<_> =
        answers.iter().flatten().filter(|(code, _)| !["TA001", "40P01"].contains(&code.as_str())).collect();
    assert!(strange.is_empty(), "seed {seed}: {strange:?}");
    let short = answers.iter().flatten().filter(|(code, _)| code == "TA001").count();
    assert!(done > 20 && short > 0, "seed {seed}: {done} done, {short} short of stock");
    // half-way orders of refused steps are cancelled as the worker would
    let negative: i64 = sqlx::query_scalar("SELECT count(*) FROM inventory WHERE quantity_available < 0")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!((negative, app.broken_invariants().await), (0, vec![]), "seed {seed}");
}

/// Statements that would make sums wrong, as superuser: constraints hold for everybody.
#[tokio::test]
async fn money_that_does_not_add_up_is_refused_and_deleted_names_are_free_again() {
    let app = App::start().await;
    let mut connection = app.db.acquire().await.expect("a connection");
    let (paid, item, total): (Uuid, Uuid, String) = sqlx::query_as(
        "SELECT o.id, i.id, o.grand_total::text FROM orders o JOIN order_items i ON i.order_id = o.id JOIN payments p ON p.order_id = o.id AND p.captured_amount = o.grand_total
         WHERE o.status = 'DELIVERED' AND o.refunded_total = 0 ORDER BY o.id LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("a paid order");
    let refund = format!(
        "INSERT INTO refunds (payment_id, order_id, amount, currency, reason, status) SELECT id, order_id, 1, currency, 'x', 'succeeded' FROM payments WHERE order_id = '{paid}' AND captured_amount > 0;"
    );
    let line = |quantity: &str, amount: &str| {
        format!(
            "{refund} INSERT INTO refund_items SELECT id, order_id, '{item}', {quantity}, {amount} FROM refunds WHERE order_id = '{paid}'"
        )
    };
    for (sql, expected) in [
        (format!("UPDATE orders SET grand_total = grand_total + 1 WHERE id = '{paid}'"), "23514"),
        (
            format!("UPDATE orders SET subtotal = subtotal + 1, grand_total = grand_total + 1 WHERE id = '{paid}'"),
            "23514",
        ),
        (format!("UPDATE orders SET item_count = item_count + 1 WHERE id = '{paid}'"), "23514"),
        (
            format!(
                "UPDATE orders SET discount_total = subtotal + 1, shipping_total = subtotal + 1, grand_total = subtotal WHERE id = '{paid}'"
            ),
            "23514",
        ),
        (format!("UPDATE orders SET tax_total = grand_total + 1 WHERE id = '{paid}'"), "23514"),
        (format!("UPDATE orders SET refunded_total = paid_total + 1 WHERE id = '{paid}'"), "23514"),
        (format!("UPDATE orders SET currency = 'USD' WHERE id = '{paid}'"), "23514"),
        (format!("UPDATE orders SET currency = 'eur' WHERE id = '{paid}'"), "23514"),
        (
            format!("UPDATE order_items SET quantity = quantity + 1 WHERE order_id = '{paid}' AND id = '{item}'"),
            "23514",
        ),
        (
            format!(
                "UPDATE order_items SET quantity = quantity + 1, line_total = line_total + unit_price WHERE order_id = '{paid}' AND id = '{item}'"
            ),
            "23514",
        ),
        (
            format!(
                "UPDATE order_items SET discount = 1 + quantity * unit_price, line_total = -1 WHERE order_id = '{paid}'"
            ),
            "23514",
        ),
        (format!("UPDATE payments SET captured_amount = amount + 1 WHERE order_id = '{paid}'"), "23514"),
        (format!("UPDATE payments SET currency = 'USD' WHERE order_id = '{paid}'"), "23514"),
        (
            format!(
                "INSERT INTO payments (order_id, provider, method, amount, currency, reference) VALUES ('{paid}', 'x', 'card', 1, 'USD', 'x')"
            ),
            "23514",
        ),
        (format!("UPDATE payments SET status = 'failed' WHERE order_id = '{paid}'"), "23514"),
        (format!("{refund} UPDATE refunds SET amount = {total} + 1 WHERE order_id = '{paid}'"), "23514"),
        (format!("{refund} UPDATE refunds SET currency = 'USD' WHERE order_id = '{paid}'"), "23503"),
        (
            format!(
                "{refund} UPDATE payments SET captured_amount = 0.5 WHERE order_id = '{paid}' AND captured_amount > 0"
            ),
            "23514",
        ),
        (format!("{refund} DELETE FROM payments WHERE order_id = '{paid}'"), "23503"),
        (line("1", "1.01"), "23514"),
        (line("999", "1"), "23514"),
        (format!("{} ; UPDATE refunds SET amount = 0.5 WHERE order_id = '{paid}'", line("1", "1")), "23514"),
        ("UPDATE inventory SET quantity_reserved = quantity_on_hand + 1".into(), "23514"),
        ("UPDATE inventory SET quantity_on_hand = -1, quantity_reserved = 0".into(), "23514"),
    ] {
        let result = sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {sql}; SET CONSTRAINTS ALL IMMEDIATE; COMMIT")))
            .execute(&mut *connection)
            .await;
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.expect("rolled back");
        assert_eq!(code(&result.expect_err(&sql)), expected, "{sql}");
    }
    // what fits is taken, and a payment that goes away goes from the sums as well
    sqlx::raw_sql(AssertSqlSafe(line("1", "1"))).execute(&app.db).await.expect("a refund with its line");
    assert_eq!(app.broken_invariants().await, []);
    sqlx::raw_sql(AssertSqlSafe(format!(
        "DELETE FROM refund_items WHERE order_id = '{paid}'; DELETE FROM refunds WHERE order_id = '{paid}'"
    )))
    .execute(&app.db)
    .await
    .expect("taken back");
    assert_eq!(app.broken_invariants().await, []);

    for (table, columns, again) in [
        ("brands", "name, slug", true),
        ("categories", "name, slug, path", true),
        ("users", "email, password_hash, first_name, last_name", false),
        ("products", "sku, name, slug, category_id, brand_id, base_price", false),
        ("warehouses", "code, name, city, country", false),
    ] {
        let status = if table == "users" { ", status = 'deleted'" } else { "" };
        let sql = format!(
            "BEGIN; UPDATE {table} SET deleted_at = now(){status} WHERE id = (SELECT id FROM {table} ORDER BY id LIMIT 1);
             INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} ORDER BY id LIMIT 1; COMMIT"
        );
        let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.expect("rolled back");
        match result {
            Ok(_) => assert!(again, "{table}: a name of a deleted row stays taken"),
            Err(error) => assert!(!again && code(&error) == "23505", "{table}: {error}"),
        }
    }
}

#[tokio::test]
async fn materialized_views_follow_a_change_at_once_and_rest_otherwise() {
    let app = App::start().await;
    let mut views = worker::Views::default();
    views.refresh(&app.staff).await.expect("up to date");
    let (review, product): (Uuid, Uuid) = sqlx::query_as(
        "SELECT id, product_id FROM reviews WHERE moderator_status = 'pending' AND deleted_at IS NULL LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("a review");
    let count = async || {
        sqlx::query_scalar::<_, i64>(
            "SELECT COALESCE((SELECT review_count FROM product_ratings WHERE product_id = $1), 0)",
        )
        .bind(product)
        .fetch_one(&app.db)
        .await
        .expect("a count")
    };
    let before = count().await;
    let change = async |sql: &str| {
        sqlx::query(AssertSqlSafe(sql.to_owned())).bind(review).execute(&app.db).await.expect(sql);
    };
    let refreshed = async || worker::Views::default().refresh(&app.staff).await.expect("refreshed");
    change("UPDATE reviews SET title = title || '!' WHERE id = $1").await;
    assert_eq!(refreshed().await, 0, "what isn't counted makes nothing stale");
    change("UPDATE reviews SET moderator_status = 'approved', moderated_at = now() WHERE id = $1").await;
    // readers go on reading while it is refreshed, and while a reader holds on
    let mut reader = app.db.begin().await.expect("a reader");
    sqlx::query("SELECT count(*) FROM product_ratings").execute(&mut *reader).await.expect("read");
    let start = Instant::now();
    assert_eq!(refreshed().await, 1);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    reader.commit().await.expect("read to the end");
    assert_eq!(count().await, before + 1);
    change("UPDATE reviews SET deleted_at = now() WHERE id = $1").await;
    change(
        "UPDATE products SET is_published = NOT is_published WHERE id = (SELECT product_id FROM reviews WHERE id = $1)",
    )
    .await;
    assert_eq!(refreshed().await, 2);
    assert_eq!(count().await, before);
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM category_counts c FULL JOIN (SELECT category_id, count(*) AS n, count(*) FILTER (WHERE is_published) AS a FROM products WHERE deleted_at IS NULL GROUP BY 1) p
         USING (category_id) WHERE (c.product_count, c.active_count) IS DISTINCT FROM (p.n, p.a)",
    )
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert_eq!(wrong, 0);
    // a change that isn't committed yet is seen by the refresh after it
    let mut open = app.db.begin().await.expect("a transaction");
    sqlx::query("UPDATE reviews SET deleted_at = NULL WHERE id = $1")
        .bind(review)
        .execute(&mut *open)
        .await
        .expect("a change");
    assert_eq!(refreshed().await, 0);
    open.commit().await.expect("committed");
    assert_eq!(refreshed().await, 1);
    assert_eq!(count().await, before + 1);
    // the same worker takes a break after a refresh
    change("UPDATE reviews SET rating = 6 - rating WHERE id = $1").await;
    assert_eq!(views.refresh(&app.staff).await.expect("refreshed") + refreshed().await, 1);
}

#[tokio::test]
async fn months_are_utc_months_to_the_millisecond_in_every_time_zone() {
    let app = App::start().await;
    for zone in ["UTC", "America/New_York", "Pacific/Apia", "America/Asuncion", "Asia/Kolkata", "Europe/Berlin"] {
        let mut connection = app.db.acquire().await.expect("a connection");
        sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; SET LOCAL TimeZone = '{zone}'")))
            .execute(&mut *connection)
            .await
            .expect("a zone");
        // leap February, both ends of summer time, a year's end, and the day that Apia left out
        for (from, to, months) in
            [("2011-11-30", "2012-03-01", 5), ("2023-09-15", "2023-11-30", 3), ("2019-12-31", "2020-03-01", 4)]
        {
            let made: i32 = sqlx::query_scalar("SELECT ensure_partitions_between($1::text::date, $2::text::date)")
                .bind(from)
                .bind(to)
                .fetch_one(&mut *connection)
                .await
                .expect("made");
            assert_eq!(made, months * 10, "{zone} {from}: ten tables");
        }
        for (time, partition) in [
            ("2012-02-01 00:00:00.000+00", "y2012m02"),
            ("2012-02-29 23:59:59.999+00", "y2012m02"),
            ("2012-03-01 00:00:00.000+00", "y2012m03"),
            ("2011-12-30 12:00:00+00", "y2011m12"),
            ("2011-12-31 23:59:59.999+00", "y2011m12"),
            ("2012-01-01 00:00:00+00", "y2012m01"),
            ("2023-09-30 23:59:59.999+00", "y2023m09"),
            ("2023-10-01 00:00:00+00", "y2023m10"),
            ("2023-10-29 01:30:00+00", "y2023m10"),
            ("2023-10-31 23:59:59.999+00", "y2023m10"),
            ("2023-11-05 05:30:00+00", "y2023m11"),
            ("2019-12-31 23:59:59.999+00", "y2019m12"),
        ] {
            let found: (String, String) = sqlx::query_as(AssertSqlSafe(format!(
                "WITH u AS (SELECT id FROM users LIMIT 1), a AS (INSERT INTO user_activity (action_type, \"timestamp\") VALUES ('t', '{time}') RETURNING tableoid::regclass::text AS name),
                      o AS (INSERT INTO orders (id, created_at, user_id, subtotal, grand_total, customer_name, customer_email)
                            SELECT uuid_v7('{time}'), '{time}', id, 0, 0, 'a', 'b' FROM u RETURNING tableoid::regclass::text AS name)
                 SELECT a.name, o.name FROM a, o"
            )))
            .fetch_one(&mut *connection)
            .await
            .unwrap_or_else(|error| panic!("{zone} {time}: {error}"));
            assert_eq!(found, (format!("user_activity_{partition}"), format!("orders_{partition}")), "{zone} {time}");
        }
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.expect("rolled back");
    }
    // the alarm: a month that one table lacks ends the count, whatever comes after
    let ahead =
        async || sqlx::query_scalar::<_, i32>("SELECT partitions_ahead()").fetch_one(&app.db).await.expect("months");
    assert_eq!(ahead().await, 12);
    sqlx::raw_sql(
        "DO $$ BEGIN EXECUTE format('DROP TABLE %I', partition_name('payment_logs', (now() AT TIME ZONE 'UTC' + interval '3 months')::date)); END $$",
    )
    .execute(&app.db)
    .await
    .expect("dropped");
    assert_eq!(ahead().await, 2, "under three: the alarm");
    // two workers at once make it once
    let (one, two) = tokio::join!(worker::ensure_partitions(&app.staff), worker::ensure_partitions(&app.staff));
    let (one, two) = (one.expect("made"), two.expect("harmless"));
    assert_eq!((one + two, ahead().await), (1, 12));
}

#[tokio::test]
async fn months_are_made_while_orders_are_written_and_nobody_waits_long() {
    let app = App::start().await;
    let pool =
        PgPoolOptions::new().max_connections(6).connect(superuser_url(&app).expose_secret()).await.expect("a pool");
    let articles: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM products ORDER BY id LIMIT 2").fetch_all(&app.db).await.expect("articles");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..3_i64 {
        let (pool, articles, stop) = (pool.clone(), articles.clone(), stop.clone());
        writers.spawn(async move {
            let (mut longest, mut orders) = (Duration::ZERO, 0);
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let start = Instant::now();
                sqlx::query(PLACE).bind(n).bind(&articles).bind([1, 1]).execute(&pool).await.expect("an order");
                longest = longest.max(start.elapsed());
                orders += 1;
            }
            (longest, orders)
        });
    }
    let mut made = 0;
    for month in 1..=12 {
        for _ in 0..50 {
            let result = sqlx::query_scalar::<_, i32>(
                "SELECT ensure_partitions_between(make_date(2040, $1, 1), make_date(2040, $1, 1))",
            )
            .bind(month)
            .fetch_one(&pool)
            .await;
            match result {
                Ok(count) => {
                    made += count;
                    break;
                }
                Err(error) => assert_eq!(code(&error), "55P03", "it gives way: {error}"),
            }
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let writers = writers.join_all().await;
    assert_eq!(made, 120);
    assert!(writers.iter().all(|(longest, orders)| *orders > 0 && *longest < Duration::from_secs(2)), "{writers:?}");
}
