//! Loading many rows: what makes each row dear is put off until all are there.
//!
//! Empty tables are truncated, so that their rows may be written frozen and, under `wal_level = minimal`, without
//! WAL; indexes and the constraints behind them are dropped and built again from the sorted whole. Both are read
//! from the catalog, so a new index or table is no work here. All of it is part of the load's one transaction.

use std::collections::{BTreeMap, HashSet};

use sqlx::{AssertSqlSafe, PgConnection};

use super::tables::Table;

/// From this many orders on a load is worth it. Below, making the files of 500 partitions and their indexes anew
/// takes longer than keeping the indexes while the rows come.
pub const LARGE: u64 = 100_000;

/// What was put off.
pub struct PutOff {
    /// Tables and partitions that this transaction has emptied.
    pub fresh: HashSet<String>,
    /// How each index and constraint is made again, with its table.
    pub indexes: Vec<(String, String)>,
}

impl PutOff {
    /// Of a small load: nothing.
    pub fn nothing() -> Self {
        Self { fresh: HashSet::new(), indexes: Vec::new() }
    }
}

/// Empties the tables' files and drops their indexes.
pub async fn put_off(connection: &mut PgConnection) -> sqlx::Result<PutOff> {
    let fresh = truncate(connection).await?;
    let tables: Vec<String> = Table::ALL.iter().map(|table| table.target().0.to_owned()).collect();
    let found: Vec<(String, String, String)> =
        sqlx::query_as(INDEXES).bind(&tables).fetch_all(&mut *connection).await?;
    let mut indexes = Vec::with_capacity(found.len());
    for (table, drop, create) in found {
        run(connection, drop).await?;
        indexes.push((table, create));
    }
    Ok(PutOff { fresh, indexes })
}

/// Builds what was dropped.
pub async fn build_indexes(connection: &mut PgConnection, indexes: Vec<(String, String)>) -> sqlx::Result<()> {
    run(connection, "SET LOCAL maintenance_work_mem = '1GB'".to_owned()).await?;
    for (table, create) in indexes {
        let started = std::time::Instant::now();
        let what = create.lines().next().unwrap_or_default().to_owned();
        run(connection, create).await?;
        if started.elapsed().as_secs() >= 5 {
            tracing::info!(table, seconds = started.elapsed().as_secs(), "{what}");
        }
    }
    Ok(())
}

/// Indexes of these tables that no foreign key needs: how to drop each and how to make it again, comment included.
/// Of a partitioned table the parent's are named; partitions follow.
const INDEXES: &str = r"
    WITH found AS (
        SELECT i.indexrelid, i.indrelid::regclass AS on_table, c.oid AS constraint_id, c.conname
        FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid
        LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
        WHERE t.relnamespace = 'public'::regnamespace AND t.relname = ANY ($1)
          AND NOT i.indisclustered AND NOT i.indisreplident
          AND NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid)
    )
    SELECT on_table::text,
           CASE WHEN constraint_id IS NULL THEN format('DROP INDEX %s', indexrelid::regclass)
                ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', on_table, conname) END,
           CASE WHEN constraint_id IS NULL THEN replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', on_table, conname, pg_get_constraintdef(constraint_id)) END
           || CASE WHEN obj_description(indexrelid, 'pg_class') IS NULL THEN ''
                   ELSE format(E';\nCOMMENT ON INDEX %s IS %L', indexrelid::regclass, obj_description(indexrelid, 'pg_class')) END
           || CASE WHEN obj_description(constraint_id, 'pg_constraint') IS NULL THEN ''
                   ELSE format(E';\nCOMMENT ON CONSTRAINT %I ON %s IS %L', conname, on_table, obj_description(constraint_id, 'pg_constraint')) END
    FROM found ORDER BY on_table::text, indexrelid::regclass::text";

/// Truncates what is empty, and says which tables and partitions that were. A table stays as it is when it has rows
/// (staff made by an operator) or when one that refers to it has.
async fn truncate(connection: &mut PgConnection) -> sqlx::Result<HashSet<String>> {
    let references: Vec<(String, String)> = sqlx::query_as(
        "SELECT DISTINCT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint
         WHERE contype = 'f' AND conparentid = 0 AND confrelid <> conrelid",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut empty: BTreeMap<String, bool> = BTreeMap::new();
    let mut chosen: HashSet<String> = HashSet::new();
    for table in Table::ALL {
        let closure = with_referring(table.target().0, &references);
        let mut all_empty = true;
        for name in &closure {
            let is_empty = if let Some(known) = empty.get(name) {
                *known
            } else {
                let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {name})");
                sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?
            };
            empty.insert(name.clone(), is_empty);
            all_empty &= is_empty;
        }
        if all_empty {
            chosen.extend(closure);
        }
    }
    if chosen.is_empty() {
        return Ok(chosen);
    }
    let list: Vec<String> = chosen.iter().cloned().collect();
    run(connection, format!("TRUNCATE {}", list.join(", "))).await?;
    // of a partitioned table its partitions: it has no rows of its own, and refuses `FREEZE`
    let fresh: Vec<String> = sqlx::query_scalar(
        "SELECT t.oid::regclass::text FROM pg_class t LEFT JOIN pg_inherits i ON i.inhrelid = t.oid
         LEFT JOIN pg_class p ON p.oid = i.inhparent
         WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace AND COALESCE(p.relname, t.relname) = ANY ($1)",
    )
    .bind(&list)
    .fetch_all(connection)
    .await?;
    Ok(fresh.into_iter().collect())
}

/// The table and all that refer to it, directly or not.
fn with_referring(table: &str, references: &[(String, String)]) -> Vec<String> {
    let mut found = vec![table.to_owned()];
    let mut next = 0;
    while let Some(name) = found.get(next).cloned() {
        for (_, referring) in references.iter().filter(|(referred, _)| *referred == name) {
            if !found.contains(referring) {
                found.push(referring.clone());
            }
        }
        next += 1;
    }
    found
}

/// By the simple protocol: a statement made of catalog texts, perhaps several. It leaves no portal open, which
/// `COPY … WITH (FREEZE)` insists on.
async fn run(connection: &mut PgConnection, sql: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_emptied_with_all_that_refers_to_it() {
        let references = [("users", "orders"), ("orders", "items"), ("products", "items"), ("items", "orders")]
            .map(|(referred, referring)| (referred.to_owned(), referring.to_owned()));
        assert_eq!(with_referring("users", &references), ["users", "orders", "items"]);
        assert_eq!(with_referring("products", &references), ["products", "items", "orders"]);
        assert_eq!(with_referring("wishlists", &references), ["wishlists"]);
    }
}
