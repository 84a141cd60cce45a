//! The schema changes while the version before serves.

use crate::app::{App, superuser_url};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Column, Executor, SqlSafeStr, Statement};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    time::{Duration, Instant},
};
use techally::server::migrate::{MIGRATIONS, apply};

/// The last migration of the time before the first release: everything up to it was made on empty tables.
const FIRST_RELEASE: i64 = 20;

/// Ours and one more.
fn with(version: i64, sql: &'static str) -> sqlx::migrate::Migrator {
    let more = sqlx::migrate::Migration::new(
        version,
        Cow::Borrowed("more"),
        sqlx::migrate::MigrationType::Simple,
        AssertSqlSafe(sql).into_sql_str(),
        false,
    );
    let all = MIGRATIONS.iter().cloned().chain([more]).collect();
    sqlx::migrate::Migrator::with_migrations(all)
}

async fn columns_of_orders(app: &App) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM information_schema.columns WHERE table_name = 'orders'")
        .fetch_one(&app.db)
        .await
        .expect("columns")
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_and_the_old_version_serving() {
    let app = App::start().await;
    let staff = app.signed_in("support").await;
    let before = columns_of_orders(&app).await;
    let broken = with(9001, "ALTER TABLE orders ADD COLUMN gift_wrap boolean; SELECT 1 / 0");
    let error = apply(&superuser_url(&app), &broken).await.expect_err("it divides by zero");
    assert!(error.to_string().contains("9001"), "{error}");
    assert_eq!(columns_of_orders(&app).await, before);
    let applied: i64 =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&app.db).await.expect("a version");
    assert!(applied < 9001, "{applied}");
    let id = app.order_in("PENDING").await;
    assert_eq!(staff.get(&format!("/orders/{id}")).await.status(), 200);
    assert_eq!(staff.move_order(&app, id, "CANCELLED", &[("reason", "still works")]).await.status(), 303);
    // mended, the same number passes
    let mended = with(9001, "ALTER TABLE orders ADD COLUMN gift_wrap boolean");
    apply(&superuser_url(&app), &mended).await.expect("it passes");
    assert_eq!(columns_of_orders(&app).await, before + 1);
    assert_eq!(staff.get(&format!("/orders/{id}")).await.status(), 200, "the version before doesn't mind");
}

#[tokio::test]
async fn a_migration_waits_for_a_long_reader_and_requests_do_not_wait_behind_it_for_long() {
    let app = App::start().await;
    let staff = app.signed_in("support").await;
    let mut reader = app.db.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM orders LIMIT 1").execute(&mut *reader).await.expect("a look");
    let before = columns_of_orders(&app).await;
    let url = superuser_url(&app);
    let migration = with(9002, "ALTER TABLE orders ADD COLUMN gift_wrap boolean");
    let pages = async {
        let (start, mut longest, mut pages) = (Instant::now(), Duration::ZERO, 0);
        while start.elapsed() < Duration::from_secs(6) {
            let asked = Instant::now();
            assert_eq!(staff.get("/orders").await.status(), 200);
            longest = longest.max(asked.elapsed());
            pages += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // each try holds them up for its 2 s at most
        assert!(longest < Duration::from_secs(4) && pages > 3, "{longest:?} for the slowest of {pages} pages");
        assert_eq!(columns_of_orders(&app).await, before, "it waits for the reader");
        reader.rollback().await.expect("over");
    };
    let (applied, ()) = tokio::join!(apply(&url, &migration), pages);
    applied.expect("it passes once the reader is gone");
    assert_eq!(columns_of_orders(&app).await, before + 1);
}

/// A statement of the release before, as `make release` noted it.
#[derive(serde::Deserialize)]
struct Noted {
    query: String,
    columns: Vec<(String, Value)>,
}

/// The release before is still serving when the schema has been brought up to date: each of its statements must be
/// understood, with the same columns of the same types.
#[tokio::test]
async fn every_statement_of_the_release_before_is_understood_by_this_schema() {
    let app = App::start().await;
    let noted: Vec<Noted> = include_str!("../previous-release.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a statement"))
        .collect();
    assert!(noted.len() > 50, "{}", noted.len());
    let mut connection = app.staff.acquire().await.expect("a connection");
    let mut broken = Vec::new();
    for Noted { query, columns } in noted {
        let statement = match (&mut *connection).prepare(AssertSqlSafe(query.clone()).into_sql_str()).await {
            Ok(statement) => statement,
            Err(error) => {
                broken.push(format!("{error}: {query}"));
                continue;
            }
        };
        let now: Vec<(String, Value)> = statement
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), serde_json::to_value(column.type_info()).expect("a type")))
            .collect();
        if now != columns {
            broken.push(format!("{now:?} instead of {columns:?}: {query}"));
        }
    }
    assert!(broken.is_empty(), "expand first, contract a release later:\n{}", broken.join("\n"));
}

/// What would break the version before, or hold up everybody, needs a reason in the line above: `-- safe: …`.
fn unsafe_lines(sql: &str) -> Vec<String> {
    const RULES: [(&str, &str); 8] = [
        ("DROP COLUMN", "the release before still reads it"),
        ("DROP TABLE", "the release before still reads it"),
        ("RENAME", "the release before knows the old name"),
        (" TYPE ", "it rewrites the table, and the release before expects the old type"),
        ("SET NOT NULL", "it reads the whole table under a lock: add a CHECK … NOT VALID, validate it, then set it"),
        ("ADD CONSTRAINT", "it reads the whole table under a lock: add it NOT VALID and validate it afterwards"),
        ("CREATE INDEX", "it holds up all writing: CREATE INDEX CONCURRENTLY in a migration of its own"),
        ("CREATE UNIQUE INDEX", "it holds up all writing: CREATE UNIQUE INDEX CONCURRENTLY in a migration of its own"),
    ];
    let mut found = Vec::new();
    let mut created: Vec<&str> = Vec::new();
    let mut before = "";
    for line in sql.lines() {
        let words = line.split("--").next().unwrap_or_default();
        let upper = words.to_uppercase();
        if let Some((_, table)) = words.split_once("CREATE TABLE ") {
            created.push(table.trim_end_matches(" (").trim());
        }
        // a table that this migration makes is empty
        let on_new =
            created.iter().any(|table| words.split_whitespace().any(|word| word.trim_matches(['(', ';']) == *table));
        let careful = upper.contains("CONCURRENTLY") || upper.contains("NOT VALID") || upper.contains("CREATE TYPE");
        for (words, why) in RULES {
            if upper.contains(words) && !on_new && !careful && !before.trim_start().starts_with("-- safe: ") {
                found.push(format!("{}: {why}", line.trim()));
            }
        }
        if upper.contains("ADD COLUMN")
            && upper.contains("NOT NULL")
            && !upper.contains("DEFAULT")
            && !before.trim_start().starts_with("-- safe: ")
        {
            found.push(format!("{}: rows that are there have no value for it", line.trim()));
        }
        before = line;
    }
    found
}

#[test]
fn migrations_after_the_first_release_expand_and_do_not_hold_up_others() {
    let mut found = BTreeMap::new();
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > FIRST_RELEASE) {
        found.insert(migration.version, unsafe_lines(migration.sql.as_str()));
    }
    found.retain(|_, lines| !lines.is_empty());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_rules_for_migrations_find_what_they_are_about() {
    for wrong in [
        "ALTER TABLE orders DROP COLUMN source;",
        "ALTER TABLE orders RENAME COLUMN source TO origin;",
        "ALTER TABLE orders ALTER COLUMN source TYPE int;",
        "ALTER TABLE orders ALTER COLUMN source SET NOT NULL;",
        "ALTER TABLE orders ADD COLUMN gift text NOT NULL;",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (true);",
        "CREATE INDEX i ON orders (source);",
        "DROP TABLE reviews;",
    ] {
        assert_eq!(unsafe_lines(wrong).len(), 1, "{wrong}");
        assert!(unsafe_lines(&format!("-- safe: for a test\n{wrong}")).is_empty(), "{wrong}");
    }
    for right in [
        "ALTER TABLE orders ADD COLUMN gift text;",
        "ALTER TABLE orders ADD COLUMN gift text NOT NULL DEFAULT '';",
        "CREATE INDEX CONCURRENTLY i ON orders (source);",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (true) NOT VALID;",
        "CREATE TABLE gifts (\n id uuid);\nCREATE INDEX i ON gifts (id);",
        "-- a comment about DROP TABLE",
    ] {
        assert!(unsafe_lines(right).is_empty(), "{right}: {:?}", unsafe_lines(right));
    }
}
