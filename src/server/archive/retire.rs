//! Out of the database.

use super::{
    ArchiveError, Ids, Month, RETENTION, Report, close, connect, ids,
    manifest::{Manifest, TableFile, at, make_folder, private, put_in_place},
    name_actor,
    tables::{TABLES, Table, Way, lock_all},
};
use crate::server::{db::gave_way, hex::hex};
use futures_util::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// How a month is archived.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its folder is made.
    pub to: PathBuf,
    /// Months that stay in the database, this one included.
    pub active_months: i32,
    /// How long to wait for others, at each of the two places where others can be in the way.
    pub patience: Duration,
}

/// Fewer would reach into what triggers don't guard (`0017_archive.sql`).
const LEAST_ACTIVE: i32 = 3;
/// Rows are removed by windows of this length, each in a transaction of its own.
const WINDOW: i64 = 3 * 60 * 60 * 1000;

/// Archives a month of orders: [`super`] says how.
///
/// # Errors
/// When the month isn't ready, somebody is in the way for too long, or disk or database say no. After it was ready, the
/// month stays closed and the same command goes on.
pub async fn retire(url: &SecretString, month: Month, options: &Options) -> Result<Report, ArchiveError> {
    let mut connection = connect(url.expose_secret()).await?;
    let ids = ids(&mut connection, month).await?;
    let folder = options.to.join(month.to_string());
    let closed: Option<(String, Option<serde_json::Value>)> =
        sqlx::query_as("SELECT state, manifest FROM retired_months WHERE month = $1")
            .bind(month.first_day())
            .fetch_optional(&mut connection)
            .await?;
    let manifest = match closed {
        Some((state, _)) if state == "retired" => {
            return Err(ArchiveError::NotReady { month, why: "it is in the archive already".into() });
        }
        // rows may be gone already: only what was kept then is the whole month
        Some((_, Some(kept))) => {
            let manifest = Manifest::read(&folder)?;
            if serde_json::to_value(&manifest).ok() != Some(kept) {
                let why = "it was not made by the attempt that is to be ended".into();
                return Err(ArchiveError::Unusable { folder, why });
            }
            manifest
        }
        earlier => {
            if earlier.is_none() {
                ready(&mut connection, month, ids, options.active_months).await?;
                begin_closing(&mut connection, month).await?;
            }
            match copied(&mut connection, month, ids, &folder, options).await {
                Ok(manifest) => manifest,
                Err(error) => {
                    // nothing was removed: the month opens again
                    reopen(&mut connection, month).await?;
                    return Err(error);
                }
            }
        }
    };
    remove(&mut connection, ids).await?;
    drop_partitions(&mut connection, month, ids, options.patience).await?;
    let (rows, bytes) = manifest.total();
    close(connection).await?;
    Ok(Report { month, folder, orders: manifest.rows_of("orders"), rows, bytes })
}

/// A month leaves when nothing in it can still happen.
async fn ready(connection: &mut PgConnection, month: Month, ids: Ids, active: i32) -> Result<(), ArchiveError> {
    let no = |why: String| Err(ArchiveError::NotReady { month, why });
    if active < LEAST_ACTIVE {
        return no(format!("at least {LEAST_ACTIVE} months stay in the database"));
    }
    let age = month.until(Month::of(OffsetDateTime::now_utc().date()));
    if age < active {
        return no(format!("{active} months stay in the database, it is {age} months old"));
    }
    let there: Vec<bool> =
        sqlx::query_scalar("SELECT to_regclass(partition_name(t, $1)::text) IS NOT NULL FROM unnest($2::text[]) AS t")
            .bind(month.first_day())
            .bind(partitioned().map(|table| table.name).collect::<Vec<_>>())
            .fetch_all(&mut *connection)
            .await?;
    if there.contains(&false) {
        return no("the database has no such month".into());
    }
    let open: Vec<(String, i64)> = sqlx::query_as(
        "SELECT what, number FROM (
             SELECT 'orders are not final' AS what, count(*) AS number
             FROM orders o JOIN order_status s ON s.code = o.status WHERE o.id >= $1 AND o.id < $2 AND NOT s.is_final
             UNION ALL SELECT 'claims on stock are open', count(*) FROM stock_reservations
             WHERE order_id >= $1 AND order_id < $2 AND status IN ('held', 'firm')
             UNION ALL SELECT 'payments are open', count(*) FROM payments
             WHERE order_id >= $1 AND order_id < $2 AND status IN ('pending', 'authorized')
             UNION ALL SELECT 'refunds are open', count(*) FROM refunds
             WHERE order_id >= $1 AND order_id < $2 AND status = 'pending') AS q
         WHERE number > 0",
    )
    .bind(ids.0)
    .bind(ids.1)
    .fetch_all(connection)
    .await?;
    if open.is_empty() {
        return Ok(());
    }
    no(open.iter().map(|(what, number)| format!("{number} {what}")).collect::<Vec<_>>().join(", "))
}

fn partitioned() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().filter(|table| table.way == Way::Partition)
}

/// From the commit on, triggers refuse what would change the month.
async fn begin_closing(connection: &mut PgConnection, month: Month) -> Result<(), ArchiveError> {
    let mut transaction = connection.begin().await?;
    name_actor(&mut transaction, "archive:retire", RETENTION).await?;
    sqlx::query("INSERT INTO retired_months (month, state) VALUES ($1, 'closing')")
        .bind(month.first_day())
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

async fn reopen(connection: &mut PgConnection, month: Month) -> Result<(), ArchiveError> {
    let mut transaction = connection.begin().await?;
    name_actor(&mut transaction, "archive:retire", RETENTION).await?;
    sqlx::query("DELETE FROM retired_months WHERE month = $1 AND manifest IS NULL")
        .bind(month.first_day())
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// Copies the month and remembers the manifest; up to here nothing is removed.
async fn copied(
    connection: &mut PgConnection,
    month: Month,
    ids: Ids,
    folder: &Path,
    options: &Options,
) -> Result<Manifest, ArchiveError> {
    wait_for_writers(connection, options.patience).await?;
    // who had passed the trigger before the month was closed may have changed something
    ready(connection, month, ids, options.active_months).await?;
    let manifest = copy(connection, month, ids, folder).await?;
    let mut transaction = connection.begin().await?;
    name_actor(&mut transaction, "archive:retire", RETENTION).await?;
    let kept = serde_json::to_value(&manifest).map_err(|error| ArchiveError::Unsound(error.to_string()))?;
    sqlx::query("UPDATE retired_months SET manifest = $2 WHERE month = $1")
        .bind(month.first_day())
        .bind(kept)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(manifest)
}

/// Waits until every transaction that was there when the month was closed is over.
async fn wait_for_writers(connection: &mut PgConnection, patience: Duration) -> Result<(), ArchiveError> {
    let now: String =
        sqlx::query_scalar("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetch_one(&mut *connection).await?;
    let end = Instant::now() + patience;
    while Instant::now() < end {
        let over: bool = sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8")
            .bind(&now)
            .fetch_one(&mut *connection)
            .await?;
        if over {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(ArchiveError::Patience("a transaction that began earlier did not end, so the month was opened again".into()))
}

/// Writes the folder: first under another name, so that one with its own name is whole.
async fn copy(connection: &mut PgConnection, month: Month, ids: Ids, folder: &Path) -> Result<Manifest, ArchiveError> {
    if folder.exists() {
        let why = "there is something at this place; move it away".into();
        return Err(ArchiveError::Unusable { folder: folder.to_owned(), why });
    }
    let making = folder.with_extension("partial");
    make_folder(&making)?;
    let migration: i64 =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut *connection).await?;
    let made_at = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    let mut manifest = Manifest::new(month, migration, made_at);
    let mut snapshot = connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    for table in &TABLES {
        manifest.tables.push(copy_table(&mut snapshot, table, ids, &making).await?);
    }
    snapshot.commit().await?;
    manifest.write(&making)?;
    put_in_place(&making, folder)?;
    Ok(manifest)
}

/// Writes a table's rows of a month into the folder.
pub(super) async fn copy_table(
    connection: &mut PgConnection,
    table: &Table,
    Ids(from, to): Ids,
    folder: &Path,
) -> Result<TableFile, ArchiveError> {
    let columns: Vec<String> = match table.way {
        Way::Forget => vec![table.key.into(), table.order.into()],
        _ => sqlx::query_scalar(Table::COLUMNS).bind(table.name).fetch_all(&mut *connection).await?,
    };
    let mut kept = TableFile { table: table.name.into(), columns, rows: 0, bytes: 0, sha256: String::new() };
    let path = folder.join(kept.name());
    let mut file = private(&path)?;
    let mut hash = Sha256::new();
    let rows = format!(
        "COPY (SELECT {} FROM {} WHERE {} ORDER BY {}, {}) TO STDOUT",
        kept.columns.join(", "),
        table.name,
        table.window("", from, to),
        table.order,
        table.key
    );
    let mut stream = connection.copy_out_raw(&rows).await?;
    while let Some(piece) = stream.try_next().await? {
        file.write_all(&piece).map_err(at(&path))?;
        hash.update(&piece);
        kept.bytes += piece.len() as u64;
        // the text format writes a line break in a value as \n
        kept.rows += piece.split(|&byte| byte == b'\n').count() as u64 - 1;
    }
    file.sync_all().map_err(at(&path))?;
    kept.sha256 = hex(&hash.finalize());
    Ok(kept)
}

/// Removes the month's rows, what refers before what is referred to. Triggers are off: history is append-only, and the
/// trail will say RETIRE once, not DELETE a million times.
async fn remove(connection: &mut PgConnection, Ids(from, to): Ids) -> Result<(), ArchiveError> {
    sqlx::raw_sql("SET session_replication_role = replica").execute(&mut *connection).await?;
    for table in TABLES.iter().rev() {
        let mut start = from;
        while start < to {
            let end = later(start, WINDOW).min(to);
            let rows = table.window("", start, end);
            let statement = match table.way {
                Way::Forget => format!("UPDATE {} SET {} = NULL WHERE {rows}", table.name, table.order),
                _ => format!("DELETE FROM {} WHERE {rows}", table.name),
            };
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *connection).await?;
            start = end;
        }
    }
    sqlx::raw_sql("RESET session_replication_role").execute(connection).await?;
    Ok(())
}

/// The lowest `UUIDv7` so many milliseconds after this one.
fn later(id: Uuid, milliseconds: i64) -> Uuid {
    Uuid::from_u128(((id.as_u128() >> 80) + u128::from(milliseconds.unsigned_abs())) << 80)
}

/// Detaching makes every statement on orders wait, so it is tried for half a second at a time and gives way.
async fn drop_partitions(
    connection: &mut PgConnection,
    month: Month,
    ids: Ids,
    patience: Duration,
) -> Result<(), ArchiveError> {
    let mut partitions = Vec::new();
    for table in partitioned().collect::<Vec<_>>().into_iter().rev() {
        let name: String = sqlx::query_scalar("SELECT partition_name($1, $2)::text")
            .bind(table.name)
            .bind(month.first_day())
            .fetch_one(&mut *connection)
            .await?;
        // with empty files, looking for rows that refer to them takes no time
        sqlx::query(AssertSqlSafe(format!("VACUUM {name}"))).execute(&mut *connection).await?;
        partitions.push((table.name, name));
    }
    let end = Instant::now() + patience;
    loop {
        match detach(connection, month, ids, &partitions).await {
            Err(ArchiveError::Database(error)) if gave_way(&error) => {}
            result => return result,
        }
        if Instant::now() > end {
            return Err(ArchiveError::Patience("orders were being written all the time".into()));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

async fn detach(
    connection: &mut PgConnection,
    month: Month,
    Ids(from, to): Ids,
    partitions: &[(&str, String)],
) -> Result<(), ArchiveError> {
    let mut transaction = lock_all(connection, "archive:retire").await?;
    for (table, partition) in partitions {
        sqlx::query(AssertSqlSafe(format!("ALTER TABLE {table} DETACH PARTITION {partition}")))
            .execute(&mut *transaction)
            .await?;
    }
    for table in &TABLES {
        let place = partitions.iter().find(|(name, _)| *name == table.name).map_or(table.name, |(_, place)| place);
        let left: bool = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT EXISTS (SELECT 1 FROM {place} WHERE {})",
            table.window("", from, to)
        )))
        .fetch_one(&mut *transaction)
        .await?;
        if left {
            return Err(ArchiveError::Unsound(format!("{place} has rows of {month} again")));
        }
    }
    let names: Vec<&str> = partitions.iter().map(|(_, partition)| partition.as_str()).collect();
    sqlx::query(AssertSqlSafe(format!("DROP TABLE {}", names.join(", ")))).execute(&mut *transaction).await?;
    sqlx::query(
        "WITH retired AS (UPDATE retired_months SET state = 'retired', retired_at = now() WHERE month = $1 RETURNING manifest)
         SELECT audit_write('orders', $2, 'RETIRE', jsonb_build_object('manifest', manifest)) FROM retired",
    )
    .bind(month.first_day())
    .bind(month.to_string())
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_bounds_of_milliseconds() {
        let floor: Uuid = "018cc251-f400-7abc-8abc-abcdefabcdef".parse().expect("an id");
        assert_eq!(later(floor, 1).to_string(), "018cc251-f401-0000-0000-000000000000");
    }
}
