//! `techally migrate`: brings the schema up to date while older instances serve.
//!
//! A migration that can't get a lock within [`LOCK_TIMEOUT`] is rolled back and tried again, so that requests
//! never queue behind it for longer. Two instances at once are safe: sqlx holds an advisory lock, and who waits for
//! it gives up and asks again too, which lets a `CREATE INDEX CONCURRENTLY` of the other one finish.

use super::db::gave_way;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};
use std::time::{Duration, Instant};

/// The migrations, compiled in.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Months of partitions that are kept ahead.
pub const MONTHS_AHEAD: i32 = 12;

/// Longest wait for a lock, and thereby the longest that requests wait behind one.
const LOCK_TIMEOUT: &str = "2s";
/// How long locked-out migrations are tried again.
const PATIENCE: Duration = Duration::from_mins(10);

/// Applies what is missing and makes the partitions of the coming months.
///
/// # Errors
/// When the database can't be reached or refuses a migration; each is one transaction, and what was applied
/// before it stays.
pub async fn run(url: &SecretString) -> Result<(), MigrateError> {
    apply(url, &MIGRATIONS).await
}

/// [`run`] with other migrations.
///
/// # Errors
/// As [`run`].
pub async fn apply(url: &SecretString, migrations: &Migrator) -> Result<(), MigrateError> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    // a migration takes its time: no warning about slow statements
    let options = options.disable_statement_logging().options([("lock_timeout", LOCK_TIMEOUT)]);
    let end = Instant::now() + PATIENCE;
    loop {
        match attempt(&options, migrations).await {
            Err(error) if is_locked_out(&error) && Instant::now() < end => {
                tracing::warn!(%error, "the schema is in use; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            result => return result,
        }
    }
}

async fn attempt(options: &PgConnectOptions, migrations: &Migrator) -> Result<(), MigrateError> {
    let mut connection = options.connect().await?;
    migrations.run(&mut connection).await?;
    // month by month: the locks of each are held for a moment only
    for months in 0..=MONTHS_AHEAD {
        sqlx::query!("SELECT ensure_partitions($1) AS made", months).fetch_one(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Whether somebody else held a lock for too long.
fn is_locked_out(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else { return false };
    gave_way(error)
}
