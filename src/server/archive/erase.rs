//! People who were erased leave the archive as well: the files of a month are made anew without them.
//!
//! The rows come into temporary tables of the same names, where the map of personal data (`personal_tables`,
//! `personal_columns`) says what becomes of them, as it does in the database. The new folder is whole on the disk before
//! the database takes its manifest for the month's, and takes the old one's place afterwards: killed in between, the same
//! command ends it.

use super::{
    ArchiveError, Ids, Month, connect, ids, kept_manifest, known,
    manifest::{Manifest, TableFile, at, make_folder, put_in_place},
    name_actor,
    restore::load_into,
    retire::copy_table,
    tables::{TABLES, Table, Way},
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, FromRow, PgConnection, types::Json};
use std::{fmt, fs, path::Path};
use uuid::Uuid;

/// What was taken out.
#[derive(Clone, Copy, Debug)]
pub struct Erased {
    /// Of which month.
    pub month: Month,
    /// Rows of its files that were emptied or deleted.
    pub rows: u64,
}

impl fmt::Display for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { month, rows } = self;
        if *rows == 0 {
            return write!(f, "{month}: has nobody who was erased");
        }
        write!(f, "{month}: {rows} rows of people who were erased are emptied or gone")
    }
}

/// Takes everybody out of a month's folder whose erasure was granted. Done twice, it does nothing.
///
/// # Errors
/// When the folder isn't what was written, the month isn't in the archive, or disk or database say no; run again, it goes on.
pub async fn erase(url: &SecretString, folder: &Path) -> Result<Erased, ArchiveError> {
    let mut connection = connect(url.expose_secret()).await?;
    end_earlier(&mut connection, folder).await?;
    let (manifest, month) = known(&mut connection, folder).await?;
    let ids = ids(&mut connection, month).await?;
    let mut transaction = connection.begin().await?;
    name_actor(&mut transaction, "archive:erase", "Erasure of a person").await?;
    let people: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT p FROM erasures e, unnest(accounts_of(e.user_id)) AS p WHERE e.state IN ('granted', 'done')",
    )
    .fetch_all(&mut *transaction)
    .await?;
    // a name means the temporary table, if there is one
    sqlx::raw_sql("SET LOCAL search_path = pg_temp, public").execute(&mut *transaction).await?;
    for (table, file) in files(&manifest) {
        load(&mut transaction, table, file, folder).await?;
    }
    let rows = erase_rows(&mut transaction, &manifest, &people).await?;
    sqlx::query("UPDATE public.retired_months SET people_erased_at = now() WHERE month = $1")
        .bind(month.first_day())
        .execute(&mut *transaction)
        .await?;
    if rows > 0 {
        let new = write_anew(&mut transaction, &manifest, ids, folder).await?;
        sqlx::query("UPDATE public.retired_months SET manifest = $2 WHERE month = $1")
            .bind(month.first_day())
            .bind(Json(new))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("SELECT public.audit_write('orders', $1, 'ERASE', jsonb_build_object('rows', jsonb_build_array(NULL, $2::bigint)))")
            .bind(month.to_string())
            .bind(i64::try_from(rows).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    if rows > 0 {
        swap(folder)?;
    }
    super::close(connection).await?;
    Ok(Erased { month, rows })
}

/// Writes the new folder from the temporary tables, and from the old one what has nobody in it.
async fn write_anew(
    connection: &mut PgConnection,
    manifest: &Manifest,
    ids: Ids,
    folder: &Path,
) -> Result<Manifest, ArchiveError> {
    let making = folder.with_extension(NEW);
    make_folder(&making)?;
    let mut new = manifest.clone();
    for file in &mut new.tables {
        if let Some((table, _)) = files(manifest).find(|(_, own)| own.table == file.table) {
            *file = copy_table(&mut *connection, table, ids, &making).await?;
        } else {
            let path = folder.join(file.name());
            fs::copy(&path, making.join(file.name())).map_err(at(&path))?;
        }
    }
    new.write(&making)?;
    Ok(new)
}

/// What the folder is called that takes the other's place, and the other then.
const NEW: &str = "erased";
const OLD: &str = "old";

/// The files with rows of people.
fn files(manifest: &Manifest) -> impl Iterator<Item = (&'static Table, &TableFile)> {
    TABLES
        .iter()
        .filter(|table| table.way != Way::Forget)
        .filter_map(|table| Some((table, manifest.tables.iter().find(|file| file.table == table.name)?)))
}

/// An attempt that was killed: what the database has taken is put in its place, what it hasn't goes.
async fn end_earlier(connection: &mut PgConnection, folder: &Path) -> Result<(), ArchiveError> {
    let (new, old) = (folder.with_extension(NEW), folder.with_extension(OLD));
    if new.exists() {
        let whole = Manifest::read(&new).ok();
        let is_taken = match whole.as_ref().map(|manifest| (manifest, manifest.month(&new))) {
            Some((manifest, Ok(month))) => {
                kept_manifest(connection, month).await? == serde_json::to_value(manifest).ok()
            }
            _ => false,
        };
        if is_taken {
            return swap(folder);
        }
        fs::remove_dir_all(&new).map_err(at(&new))?;
    }
    if old.exists() {
        fs::remove_dir_all(&old).map_err(at(&old))?;
    }
    Ok(())
}

fn swap(folder: &Path) -> Result<(), ArchiveError> {
    let (new, old) = (folder.with_extension(NEW), folder.with_extension(OLD));
    if folder.exists() {
        fs::rename(folder, &old).map_err(at(folder))?;
    }
    put_in_place(&new, folder)?;
    fs::remove_dir_all(&old).map_err(at(&old))
}

/// The rows of a file, in a temporary table of its name.
async fn load(
    connection: &mut PgConnection,
    Table { name, .. }: &Table,
    file: &TableFile,
    folder: &Path,
) -> Result<(), ArchiveError> {
    let columns = file.columns.join(", ");
    let make =
        format!("CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT {columns} FROM public.{name} WITH NO DATA");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut *connection).await?;
    load_into(connection, &format!("pg_temp.{name} ({columns})"), &folder.join(file.name())).await?;
    Ok(())
}

/// What becomes of a table, as the map says.
#[derive(Debug, FromRow)]
struct Fate {
    table_name: String,
    is_deleted: bool,
    /// Whether a row is about the people `$1`.
    is_of: String,
    /// How the audit trail calls a row.
    row: Option<String>,
    sets: Option<String>,
    differs: Option<String>,
}

async fn erase_rows(connection: &mut PgConnection, manifest: &Manifest, people: &[Uuid]) -> Result<u64, ArchiveError> {
    let names: Vec<&str> = files(manifest).map(|(table, _)| table.name).collect();
    let fates: Vec<Fate> = sqlx::query_as(
        "SELECT p.table_name::text AS table_name, p.fate = 'deleted' AS is_deleted, p.is_of,
                (SELECT string_agg(format('t.%I::text', k.name), ' || ''/'' || ' ORDER BY k.n)
                 FROM unnest(watched_key(p.table_name::text)) WITH ORDINALITY AS k (name, n)) AS row,
                string_agg(format('%I = %s', c.column_name, c.erased_as), ', ') FILTER (WHERE c.erased_as IS NOT NULL) AS sets,
                string_agg(format('t.%I IS DISTINCT FROM (%s)', c.column_name, c.erased_as), ' OR ') FILTER (WHERE c.erased_as IS NOT NULL) AS differs
         FROM personal_tables p
         LEFT JOIN (personal_columns c JOIN pg_attribute a ON a.attname = c.column_name AND NOT a.attisdropped)
             ON c.table_name = p.table_name AND c.erased_as IS NOT NULL AND a.attrelid = p.table_name::text::regclass
         WHERE p.fate IN ('deleted', 'blanked') AND p.is_of IS NOT NULL AND p.table_name::text = ANY ($1)
         GROUP BY p.table_name ORDER BY p.position",
    )
    .bind(&names)
    .fetch_all(&mut *connection)
    .await?;
    let mut rows = 0;
    for Fate { table_name, is_deleted, is_of, row, sets, differs } in fates {
        // also the history of rows with nothing left to erase
        if let Some(row) = row {
            let history = format!(
                "SELECT public.erase_audit_rows('{table_name}', r.rows, 'orders', $2)
                 FROM (SELECT array_agg({row}) AS rows FROM {table_name} t WHERE {is_of}) AS r WHERE r.rows IS NOT NULL"
            );
            sqlx::query(AssertSqlSafe(history))
                .bind(people)
                .bind(manifest.month.as_str())
                .execute(&mut *connection)
                .await?;
        }
        let statement = if is_deleted {
            format!("DELETE FROM {table_name} t WHERE {is_of}")
        } else if let (Some(sets), Some(differs)) = (sets, differs) {
            format!("UPDATE {table_name} t SET {sets} WHERE ({is_of}) AND ({differs})")
        } else {
            continue;
        };
        rows += sqlx::query(AssertSqlSafe(statement)).bind(people).execute(&mut *connection).await?.rows_affected();
    }
    Ok(rows)
}
