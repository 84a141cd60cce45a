//! A month of orders leaves for the archive while orders are being written, and comes back as it was.

use crate::app::{App, superuser_url};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use techally::server::archive::{ArchiveError, Month, Options, Report, TABLES, Way, erase, restore, retire};
use uuid::Uuid;

/// Places an order of today and pays for it.
const PLACE: &str = "WITH customer AS (SELECT id FROM users WHERE role = 'customer' ORDER BY id LIMIT 1),
     placed AS (INSERT INTO orders (user_id, subtotal, grand_total, item_count, customer_name, customer_email)
                SELECT id, 10, 10, 1, 'Writer', 'writer@example.com' FROM customer RETURNING id),
     line AS (INSERT INTO order_items (order_id, product_id, sku, product_name, quantity, unit_price, line_total)
              SELECT placed.id, p.id, p.sku, p.name, 1, 10, 10 FROM placed, (SELECT id, sku, name FROM products ORDER BY id LIMIT 1) p),
     address AS (INSERT INTO order_shipping (order_id, recipient_name, street, postal_code, city, country)
                 SELECT id, 'Writer', 'Street 1', '10115', 'Berlin', 'DE' FROM placed)
     SELECT id FROM placed";

/// A shop whose orders of one old month are all final.
struct Old {
    app: App,
    month: Month,
    folder: PathBuf,
    url: SecretString,
}

impl Old {
    async fn shop() -> Self {
        let app = App::start().await;
        // the oldest month that has everything an order can have
        let first: time::Date = sqlx::query_scalar(
            "SELECT order_month(o.id) FROM orders o GROUP BY 1
             HAVING bool_and(o.status IN ('COMPLETED', 'CANCELLED', 'FAILED', 'RETURNED')) AND bool_or(o.refunded_total > 0)
                AND EXISTS (SELECT 1 FROM order_returns r WHERE order_month(r.order_id) = order_month(min(o.id::text)::uuid))
                AND order_month(min(o.id::text)::uuid) < now() - interval '4 months'
             ORDER BY 1 LIMIT 1",
        )
        .fetch_one(&app.db)
        .await
        .expect("an old month");
        let folder = std::env::temp_dir().join(format!("techally-archive-{}", app.database));
        let url = superuser_url(&app);
        Self { month: Month::of(first), app, folder, url }
    }

    fn options(&self) -> Options {
        Options { to: self.folder.clone(), active_months: 3, patience: Duration::from_mins(1) }
    }

    async fn retire(&self) -> Result<Report, ArchiveError> {
        retire(&self.url, self.month, &self.options()).await
    }

    /// How many rows of the month each table has, and a digest of them.
    async fn rows(&self) -> BTreeMap<&'static str, (i64, Option<String>)> {
        let mut all = BTreeMap::new();
        for table in &TABLES {
            let (name, order) = (table.name, table.order);
            let rows = sqlx::query_as(AssertSqlSafe(format!(
                "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t WHERE order_month({order}) = $1"
            )))
            .bind(self.month.first_day())
            .fetch_one(&self.app.db)
            .await
            .expect("rows");
            all.insert(name, rows);
        }
        all
    }

    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).bind(self.month.first_day()).fetch_one(&self.app.db).await.expect("a number")
    }

    fn path(&self) -> PathBuf {
        self.folder.join(self.month.to_string())
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn write_orders(pool: &PgPool, stop: &Arc<AtomicBool>) -> tokio::task::JoinSet<(Duration, u32)> {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (pool, stop) = (pool.clone(), Arc::clone(stop));
        writers.spawn(async move {
            let (mut longest, mut orders) = (Duration::ZERO, 0);
            while !stop.load(Ordering::Relaxed) {
                let start = Instant::now();
                let id: Uuid = sqlx::query_scalar(PLACE).fetch_one(&pool).await.expect("an order");
                sqlx::query("INSERT INTO payments (order_id, provider, method, amount, currency, reference) VALUES ($1, 'p', 'card', 10, 'EUR', $1::text)")
                    .bind(id)
                    .execute(&pool)
                    .await
                    .expect("a payment");
                longest = longest.max(start.elapsed());
                orders += 1;
            }
            (longest, orders)
        });
    }
    writers
}

#[tokio::test]
async fn a_month_is_archived_while_orders_are_written_and_comes_back_as_it_was() {
    let old = Old::shop().await;
    let before = old.rows().await;
    let order: Uuid = sqlx::query_scalar("SELECT id FROM orders WHERE order_month(id) = $1 LIMIT 1")
        .bind(old.month.first_day())
        .fetch_one(&old.app.db)
        .await
        .expect("an order");
    let staff = old.app.signed_in("support").await;
    assert_eq!(staff.get(&format!("/orders/{order}")).await.status(), 200);
    let pool = PgPoolOptions::new().max_connections(4).connect(old.url.expose_secret()).await.expect("a pool");
    let stop = Arc::new(AtomicBool::new(false));
    let writers = write_orders(&pool, &stop);

    let report = old.retire().await.expect("archived");
    assert_eq!(report.orders, u64::try_from(before["orders"].0).expect("positive"));
    assert_eq!(report.rows, before.values().map(|(rows, _)| u64::try_from(*rows).expect("positive")).sum::<u64>());
    assert!(old.rows().await.values().all(|(rows, _)| *rows == 0), "nothing is left");
    let partitions = "SELECT count(*) FROM unnest(ARRAY['orders', 'order_items', 'order_shipping', 'order_notes', 'order_status_history']) AS t
                      WHERE to_regclass(partition_name(t, $1)::text) IS NOT NULL";
    assert_eq!(old.number(partitions).await, 0, "the partitions are dropped");
    let constraints = "SELECT count(*) FROM pg_constraint c LEFT JOIN pg_class r ON r.oid = c.confrelid
                       WHERE c.contype = 'f' AND (r.oid IS NULL OR r.relname = partition_name('orders', $1))";
    assert_eq!(old.number(constraints).await, 0, "no foreign key leads to them");
    assert_eq!(staff.get(&format!("/orders/{order}")).await.status(), 404);
    assert_eq!(staff.get("/orders").await.status(), 200);
    let late = sqlx::query("INSERT INTO order_notes (order_id, author_id, body) SELECT $1, id, 'late' FROM users WHERE role = 'admin' LIMIT 1")
        .bind(order)
        .execute(&old.app.db)
        .await
        .expect_err("it is archived");
    assert!(late.as_database_error().is_some(), "{late}");
    let again = old.retire().await.expect_err("it is in the archive");
    assert!(again.to_string().contains("in the archive already"), "{again}");

    let came = restore(&old.url, &old.path(), Duration::from_mins(1)).await.expect("restored");
    stop.store(true, Ordering::Relaxed);
    let writers = writers.join_all().await;
    assert!(writers.iter().all(|(longest, orders)| *orders > 0 && *longest < Duration::from_secs(2)), "{writers:?}");
    println!("writers: {writers:?}");
    assert_eq!(came.rows, report.rows);
    assert_eq!(old.rows().await, before, "each row is as it was");
    assert_eq!(staff.get(&format!("/orders/{order}")).await.status(), 200);
    let trail: Vec<String> =
        sqlx::query_scalar("SELECT action FROM audit_log WHERE row_id = $1 AND table_name = 'orders' ORDER BY id")
            .bind(old.month.to_string())
            .fetch_all(&old.app.db)
            .await
            .expect("the trail");
    assert_eq!(trail, ["RETIRE", "RESTORE"]);
    sqlx::query("INSERT INTO order_notes (order_id, author_id, body) SELECT $1, id, 'open again' FROM users WHERE role = 'admin' LIMIT 1")
        .bind(order)
        .execute(&old.app.db)
        .await
        .expect("the month is open again");
}

#[tokio::test]
async fn the_shop_is_sound_without_the_month_and_with_it() {
    let old = Old::shop().await;
    old.retire().await.expect("archived");
    assert_eq!(old.app.broken_invariants().await, []);
    restore(&old.url, &old.path(), Duration::from_mins(1)).await.expect("restored");
    assert_eq!(old.app.broken_invariants().await, []);
}

#[tokio::test]
async fn what_is_not_ready_stays_and_says_why() {
    let old = Old::shop().await;
    let young = retire(&old.url, old.month, &Options { active_months: 400, ..old.options() }).await;
    assert!(young.expect_err("too young").to_string().contains("400 months stay"), "age");
    let future: Month = "2035-01".parse().expect("a month");
    assert!(retire(&old.url, future, &old.options()).await.is_err());
    // an open refund, past the guard of the sums
    sqlx::query(
        "UPDATE refunds SET status = 'pending' WHERE id = (SELECT id FROM refunds WHERE order_month(order_id) = $1 AND status = 'succeeded' LIMIT 1)",
    )
    .bind(old.month.first_day())
    .execute(&old.app.db)
    .await
    .expect("a pending refund");
    let open = old.retire().await.expect_err("money is still to move").to_string();
    assert!(open.contains("1 refunds are open") && open.contains("Nothing was changed"), "{open}");
    assert_eq!(old.number("SELECT count(*) FROM retired_months WHERE month = $1").await, 0);
    assert!(!old.path().exists());
}

#[tokio::test]
async fn an_attempt_that_died_is_ended_by_the_next() {
    let old = Old::shop().await;
    let before = old.rows().await;
    // a reader that never ends keeps the last step from its lock
    let mut reader = old.app.db.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM orders LIMIT 1").execute(&mut *reader).await.expect("a look");
    let options = Options { patience: Duration::from_secs(2), ..old.options() };
    let error = retire(&old.url, old.month, &options).await.expect_err("no lock").to_string();
    assert!(error.contains("run the same command again"), "{error}");
    reader.rollback().await.expect("over");
    // another folder would have only what the first attempt left
    let elsewhere = Options { to: old.folder.join("elsewhere"), ..old.options() };
    assert!(retire(&old.url, old.month, &elsewhere).await.is_err());
    let report = old.retire().await.expect("it goes on");
    assert_eq!(report.orders, u64::try_from(before["orders"].0).expect("positive"));
    restore(&old.url, &old.path(), Duration::from_mins(1)).await.expect("restored");
    assert_eq!(old.rows().await, before);
}

#[tokio::test]
async fn a_closed_month_is_written_to_by_nobody_and_people_are_told_why() {
    let old = Old::shop().await;
    let order: Uuid =
        sqlx::query_scalar("SELECT id FROM orders WHERE order_month(id) = $1 AND refunded_total > 0 LIMIT 1")
            .bind(old.month.first_day())
            .fetch_one(&old.app.db)
            .await
            .expect("an order");
    let writes = [
        "UPDATE orders SET source = 'phone' WHERE id = $1",
        "INSERT INTO order_notes (order_id, author_id, body) SELECT $1, id, 'x' FROM users WHERE role = 'admin' LIMIT 1",
        "UPDATE order_shipping SET method = 'express' WHERE order_id = $1",
        "INSERT INTO payments (order_id, provider, method, amount, currency, reference) VALUES ($1, 'p', 'card', 1, 'EUR', 'late')",
        "UPDATE payments SET failure_reason = 'late' WHERE order_id = $1",
        "UPDATE refunds SET reference = 'late' WHERE order_id = $1",
        "INSERT INTO order_returns (order_id, reason) VALUES ($1, 'late')",
        "DELETE FROM stock_reservations WHERE order_id = $1",
        "UPDATE reviews SET order_id = $1 WHERE id = (SELECT id FROM reviews LIMIT 1)",
    ];
    let attempt = async |sql| {
        let mut transaction = old.app.db.begin().await.expect("a transaction");
        let result = sqlx::query(sql).bind(order).execute(&mut *transaction).await;
        transaction.rollback().await.expect("back");
        result.map(|done| done.rows_affected())
    };
    for sql in writes {
        assert!(attempt(sql).await.expect(sql) > 0, "{sql} is a write");
    }
    sqlx::query("INSERT INTO retired_months (month, state) VALUES ($1, 'closing')")
        .bind(old.month.first_day())
        .execute(&old.app.db)
        .await
        .expect("closed");
    for sql in writes {
        let error = attempt(sql).await.expect_err(sql);
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("TA005"), "{sql}: {error}");
    }
    let staff = old.app.signed_in("support").await;
    let answer = staff.post(&format!("/orders/{order}"), &[("note", "I write this")]).await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("being moved to the archive") && page.contains("I write this"), "{page}");
}

#[tokio::test]
async fn an_archive_that_was_touched_is_refused_and_its_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let old = Old::shop().await;
    old.retire().await.expect("archived");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let payments = old.path().join("payments.copy");
    assert_eq!((mode(&old.path()), mode(&payments)), (0o700, 0o600));
    let whole = fs::read(&payments).expect("a file");
    let mut touched = whole.clone();
    touched[40] ^= 1;
    fs::write(&payments, touched).expect("written");
    let error = restore(&old.url, &old.path(), Duration::from_secs(5)).await.expect_err("touched").to_string();
    assert!(error.contains("payments.copy is not the file that was written"), "{error}");
    fs::write(&payments, whole).expect("written");
    // a customer that was erased since
    sqlx::raw_sql(
        "SET session_replication_role = replica;
         DELETE FROM users WHERE id IN (SELECT id FROM users WHERE role = 'customer')",
    )
    .execute(&mut old.app.db.acquire().await.expect("a connection").detach())
    .await
    .expect("erased");
    let error = restore(&old.url, &old.path(), Duration::from_secs(5)).await.expect_err("dangling").to_string();
    assert!(error.contains("rows refer to what is gone") && error.contains("orders"), "{error}");
    assert_eq!(old.rows().await["orders"].0, 0, "nothing came half");
}

#[tokio::test]
async fn who_was_erased_leaves_the_archive_as_well() {
    const WHO: &str =
        "SELECT user_id FROM orders WHERE order_month(id) = $1 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1";
    let old = Old::shop().await;
    let run = async |sql: String| sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&old.app.db).await.expect(&sql);
    let person: Uuid =
        sqlx::query_scalar(WHO).bind(old.month.first_day()).fetch_one(&old.app.db).await.expect("a buyer");
    run(format!(
        "SET session_replication_role = replica;
         UPDATE orders SET customer_name = 'Zita Moorhuhn', customer_email = 'zita.moorhuhn@mail.example', billing_street = 'Torfweg 9' WHERE user_id = '{person}';
         UPDATE order_shipping SET recipient_name = E'Zita\\tMoorhuhn', street = 'Torfweg 9' WHERE order_id IN (SELECT id FROM orders WHERE user_id = '{person}');
         INSERT INTO order_notes (order_id, author_id, body) SELECT o.id, u.id, 'Moorhuhn called' FROM orders o, users u
             WHERE o.user_id = '{person}' AND u.email = 'support@techally.test';
         SET session_replication_role = origin"
    ))
    .await;
    let before = old.rows().await;
    let books = format!(
        "SELECT string_agg(concat_ws(' ', o.order_number, o.status, o.grand_total, o.paid_total, o.refunded_total, s.country), '|' ORDER BY o.id)
         FROM orders o JOIN order_shipping s ON s.order_id = o.id WHERE o.user_id = '{person}' AND order_month(o.id) = '{}'",
        old.month.first_day()
    );
    let booked = async || -> String {
        sqlx::query_scalar(AssertSqlSafe(books.clone())).fetch_one(&old.app.db).await.expect("books")
    };
    let books_before = booked().await;
    old.retire().await.expect("archived");
    let boss = old.app.signed_in("super").await;
    assert!(!boss.page("/privacy").await.contains("techally archive erase"), "nobody was erased yet");
    assert_eq!(erase(&old.url, &old.path()).await.expect("nothing to do").rows, 0);

    run(format!(
        "INSERT INTO erasures (user_id, reason, asked_by) SELECT '{person}', 'Asked in writing', id FROM users WHERE email = 'admin@techally.test';
         UPDATE erasures SET state = 'granted', decided_by = (SELECT id FROM users WHERE email = 'super@techally.test'), decided_at = now();
         UPDATE erasures SET state = 'done', done_at = now()"
    ))
    .await;
    let page = boss.page("/privacy").await;
    assert!(page.contains("techally archive erase") && page.contains(&old.month.to_string()), "{page}");
    // an attempt that was killed before the database took its folder, another while the two were changing places
    let (fresh, gone) = (old.path().with_extension("erased"), old.path().with_extension("old"));
    fs::create_dir(&fresh).expect("made");
    fs::write(fresh.join("orders.copy"), "half").expect("written");
    let done = erase(&old.url, &old.path()).await.expect("erased");
    assert!(done.rows > 3, "{done}");
    fs::rename(old.path(), &fresh).expect("renamed");
    fs::create_dir(&gone).expect("made");
    assert_eq!(erase(&old.url, &old.path()).await.expect("ended").rows, 0, "done twice it does nothing");
    assert!(!fresh.exists() && !gone.exists());
    for file in fs::read_dir(old.path()).expect("a folder") {
        let path = file.expect("a file").path();
        let text = String::from_utf8(fs::read(&path).expect("read")).expect("text");
        for mark in ["Moorhuhn", "moorhuhn", "Torfweg"] {
            assert!(!text.contains(mark), "{mark} in {}", path.display());
        }
    }
    assert!(!boss.page("/privacy").await.contains("techally archive erase"), "it is done");
    let noted = "SELECT count(*) FROM audit_log WHERE action = 'ERASE' AND table_name = 'orders' AND row_id = to_char($1::date, 'YYYY-MM') AND changed ? 'rows'";
    assert_eq!(old.number(noted).await, 1);

    // it comes back with everybody else as they were, and the books as they were
    restore(&old.url, &old.path(), Duration::from_secs(5)).await.expect("restored");
    assert_eq!(booked().await, books_before);
    let left = "SELECT count(*) FROM orders o JOIN order_shipping s ON s.order_id = o.id WHERE order_month(o.id) = $1 AND (o::text ~ 'oorhuhn|Torfweg' OR s::text ~ 'oorhuhn|Torfweg')";
    assert_eq!(old.number(left).await, 0);
    let after = old.rows().await;
    for (table, (rows, digest)) in &before {
        if [
            "orders",
            "order_shipping",
            "order_notes",
            "order_status_history",
            "payments",
            "refunds",
            "order_returns",
            "checkout_requests",
        ]
        .contains(table)
        {
            assert!(after[table].0 == *rows || *table == "checkout_requests", "{table}");
        } else {
            assert_eq!(&after[table].1, digest, "{table}");
        }
    }
    let others = "SELECT count(*) FROM orders WHERE order_month(id) = $1 AND customer_name = 'Erased'";
    let theirs = format!("SELECT count(*) FROM orders WHERE order_month(id) = $1 AND user_id = '{person}'");
    let theirs: i64 = sqlx::query_scalar(AssertSqlSafe(theirs))
        .bind(old.month.first_day())
        .fetch_one(&old.app.db)
        .await
        .expect("a count");
    assert_eq!(old.number(others).await, theirs, "nobody else");
}

#[tokio::test]
async fn every_table_that_refers_to_an_order_is_archived_with_it() {
    let app = App::start().await;
    let referring: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
         WHERE contype = 'f' AND conparentid = 0
           AND confrelid IN ('orders'::regclass, 'order_items'::regclass, 'payments'::regclass, 'refunds'::regclass, 'order_returns'::regclass)
         UNION SELECT 'orders' ORDER BY 1",
    )
    .fetch_all(&app.db)
    .await
    .expect("foreign keys");
    let mut archived: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    archived.sort_unstable();
    assert_eq!(archived, referring);
    let by_order: Vec<String> =
        sqlx::query_scalar("SELECT table_name::text FROM partitioned_tables WHERE kind = 'order' ORDER BY 1")
            .fetch_all(&app.db)
            .await
            .expect("partitioned tables");
    let mut partitions: Vec<&str> =
        TABLES.iter().filter(|table| table.way == Way::Partition).map(|table| table.name).collect();
    partitions.sort_unstable();
    assert_eq!(partitions, by_order);
    let guarded: Vec<String> = sqlx::query_scalar(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'month_is_open' AND tgparentid = 0 ORDER BY 1",
    )
    .fetch_all(&app.db)
    .await
    .expect("triggers");
    assert_eq!(archived, guarded, "each refuses writing to a closed month");
}
