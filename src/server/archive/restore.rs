//! Back into the database.

use super::{
    ArchiveError, Ids, Month, RETENTION, Report, close, connect, ids, known,
    manifest::{TableFile, at},
    name_actor,
    tables::{TABLES, Table, Way, lock_all},
};
use crate::server::{db::gave_way, references};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    fs::File,
    io::Read,
    path::Path,
    time::{Duration, Instant},
};

/// Bytes handed to the database at a time.
const PIECE: usize = 1 << 20;

/// Brings a month back, in one transaction.
///
/// # Errors
/// When the folder isn't what was written, the month isn't in the archive, or rows refer to what is gone; the database
/// is as it was, but for empty partitions.
pub async fn restore(url: &SecretString, folder: &Path, patience: Duration) -> Result<Report, ArchiveError> {
    let unusable = |why: &str| ArchiveError::Unusable { folder: folder.to_owned(), why: why.into() };
    let mut connection = connect(url.expose_secret()).await?;
    let (manifest, month) = known(&mut connection, folder).await?;
    let ids = ids(&mut connection, month).await?;
    make_partitions(&mut connection, month, patience).await?;
    let mut transaction = connection.begin().await?;
    name_actor(&mut transaction, "archive:restore", RETENTION).await?;
    sqlx::raw_sql("SET LOCAL session_replication_role = replica").execute(&mut *transaction).await?;
    for table in &TABLES {
        let Some(file) = manifest.tables.iter().find(|file| file.table == table.name) else { continue };
        let loaded = load(&mut transaction, table, file, folder).await?;
        if loaded != file.rows {
            return Err(unusable(&format!("{loaded} of {} rows of {} were taken", file.rows, table.name)));
        }
    }
    sound(&mut transaction, ids).await?;
    sqlx::raw_sql("SET LOCAL session_replication_role = origin").execute(&mut *transaction).await?;
    sqlx::query("DELETE FROM retired_months WHERE month = $1")
        .bind(month.first_day())
        .execute(&mut *transaction)
        .await?;
    sqlx::query("SELECT audit_write('orders', $1, 'RESTORE', jsonb_build_object('rows', $2::bigint))")
        .bind(month.to_string())
        .bind(i64::try_from(manifest.total().0).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    for table in TABLES.iter().filter(|table| table.way == Way::Partition) {
        let name: String = sqlx::query_scalar("SELECT partition_name($1, $2)::text")
            .bind(table.name)
            .bind(month.first_day())
            .fetch_one(&mut connection)
            .await?;
        sqlx::query(AssertSqlSafe(format!("ANALYZE {name}"))).execute(&mut connection).await?;
    }
    close(connection).await?;
    let (rows, bytes) = manifest.total();
    Ok(Report { month, folder: folder.to_owned(), orders: manifest.rows_of("orders"), rows, bytes })
}

/// Empty ones; the month is still closed, so nothing gets into them.
async fn make_partitions(connection: &mut PgConnection, month: Month, patience: Duration) -> Result<(), ArchiveError> {
    let end = Instant::now() + patience;
    loop {
        match make(connection, month).await {
            Err(error) if gave_way(&error) => {}
            result => return Ok(result?),
        }
        if Instant::now() > end {
            return Err(ArchiveError::Patience("orders were being written all the time".into()));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

async fn make(connection: &mut PgConnection, month: Month) -> sqlx::Result<()> {
    let mut transaction = lock_all(connection, "archive:restore").await?;
    sqlx::query("SELECT ensure_partitions_between($1, $1)").bind(month.first_day()).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// Columns that were added since have their defaults; a column that is gone is an error that names it.
async fn load(
    connection: &mut PgConnection,
    table: &Table,
    file: &TableFile,
    folder: &Path,
) -> Result<u64, ArchiveError> {
    let into = if table.way == Way::Forget {
        sqlx::raw_sql("CREATE TEMPORARY TABLE archive_links (key uuid, order_id uuid) ON COMMIT DROP")
            .execute(&mut *connection)
            .await?;
        "archive_links".to_owned()
    } else {
        format!("{} ({})", table.name, file.columns.join(", "))
    };
    let loaded = load_into(connection, &into, &folder.join(file.name())).await?;
    if table.way == Way::Forget {
        // what was deleted since stays deleted
        let Table { name, order, key, .. } = table;
        sqlx::query(AssertSqlSafe(format!(
            "UPDATE {name} t SET {order} = l.order_id FROM archive_links l WHERE t.{key} = l.key"
        )))
        .execute(connection)
        .await?;
    }
    Ok(loaded)
}

/// Copies the rows of a file; how many.
pub(super) async fn load_into(connection: &mut PgConnection, into: &str, path: &Path) -> Result<u64, ArchiveError> {
    let mut rows = File::open(path).map_err(at(path))?;
    let mut copy = connection.copy_in_raw(&format!("COPY {into} FROM STDIN")).await?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = rows.read(&mut piece).map_err(at(path))?;
        if read == 0 {
            break;
        }
        copy.send(&piece[..read]).await?;
    }
    Ok(copy.finish().await?)
}

/// Foreign keys were not looked at while loading.
async fn sound(connection: &mut PgConnection, Ids(from, to): Ids) -> Result<(), ArchiveError> {
    let mut broken = Vec::new();
    for table in &TABLES {
        broken.extend(references::dangling(connection, &[table.name], Some(&table.window("f.", from, to))).await?);
    }
    if broken.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = broken.iter().map(|(name, rows)| format!("{name} ({rows})")).collect();
    Err(ArchiveError::Unsound(format!("rows refer to what is gone: {}", list.join("; "))))
}
