//! The demo shop's loader: both of its ways give the same sound shop in the same schema.

use crate::app::App;
use sqlx::{PgPool, Row};
use techally::server::demo::{self, Sizes, Way};
use time::OffsetDateTime;

/// Every index and constraint, as PostgreSQL prints them, and what is said about indexes.
async fn schema(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT pg_get_indexdef(indexrelid) || COALESCE(' -- ' || obj_description(indexrelid, 'pg_class'), '') || indisvalid
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace
         UNION ALL
         SELECT conrelid::regclass || ': ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype <> 't'
         ORDER BY 1",
    )
    .fetch_all(db)
    .await
    .expect("the schema")
}

/// Rows and a sum over all values of each table. Staff are left out: their password hashes are salted anew.
async fn contents(db: &PgPool) -> Vec<(String, i64, Option<i64>)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
           AND NOT relispartition AND relname NOT LIKE ALL ('{audit_%,\\_%,user_sessions}') ORDER BY 1",
    )
    .fetch_all(db)
    .await
    .expect("tables");
    let mut found = Vec::new();
    for table in tables {
        let only = if table == "users" { " WHERE role = 'customer'" } else { "" };
        let sql = format!("SELECT count(*), sum(hashtext(t::text)::bigint)::bigint FROM {table} t{only}");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(db).await.expect(&table);
        found.push((table, row.get(0), row.get(1)));
    }
    found
}

async fn load(db: &PgPool, way: Way, now: OffsetDateTime) -> demo::Report {
    let mut connection = db.acquire().await.expect("a connection");
    sqlx::raw_sql(
        "SET session_replication_role = replica;
         TRUNCATE users, products, orders, categories, brands, warehouses CASCADE;
         TRUNCATE stock_movement_keys, payment_logs; SET session_replication_role = origin",
    )
    .execute(&mut *connection)
    .await
    .expect("an empty shop");
    let sizes = Sizes { orders: 700, users: 200, products: 80, reviews: 150 };
    demo::load_by(way, &mut connection, sizes, now).await.expect("a shop")
}

#[tokio::test]
async fn a_large_load_gives_the_same_shop_and_leaves_the_same_schema() {
    let app = App::start().await;
    let (now, before) = (OffsetDateTime::now_utc(), schema(&app.db).await);
    load(&app.db, Way::Plain, now).await;
    let plain = contents(&app.db).await;
    assert_eq!(schema(&app.db).await, before);
    let report = load(&app.db, Way::Bulk, now).await;
    assert_eq!(contents(&app.db).await, plain, "row by row the same");
    assert_eq!(schema(&app.db).await, before, "every index and constraint is back under its name");
    assert_eq!(app.broken_invariants().await, []);
    assert!(report.rows > 15_000 && report.database > 0, "{report}");
    let unseen: i64 = sqlx::query_scalar("SELECT sum(relpages - relallvisible)::bigint FROM pg_class WHERE relname LIKE 'order_items_y%' AND relkind = 'r'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(unseen, 0, "rows are frozen as they are written");
}

#[tokio::test]
async fn a_load_that_fails_leaves_the_database_as_it_was() {
    let app = App::start().await;
    let before = (schema(&app.db).await, contents(&app.db).await);
    let mut connection = app.db.acquire().await.expect("a connection");
    let refused = demo::load_by(Way::Bulk, &mut connection, Sizes::default(), OffsetDateTime::now_utc()).await;
    assert!(matches!(refused, Err(demo::DemoError::NotEmpty)), "{refused:?}");
    assert_eq!((schema(&app.db).await, contents(&app.db).await), before);
}
