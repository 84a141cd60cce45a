//! `techally migrate`: brings the schema up to date. Safe from two instances at once: sqlx holds an advisory lock.

use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, migrate::Migrator, postgres::PgConnectOptions};

/// The migrations, compiled in.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Months of partitions that are kept ahead.
pub const MONTHS_AHEAD: i32 = 12;

/// Applies what is missing and makes the partitions of the coming months.
///
/// # Errors
/// When the database can't be reached or refuses a migration; each is one transaction.
pub async fn run(url: &SecretString) -> Result<(), sqlx::migrate::MigrateError> {
    // a migration takes its time: no warning about slow statements
    let options: PgConnectOptions = url.expose_secret().parse()?;
    let mut connection = options.disable_statement_logging().connect().await?;
    MIGRATIONS.run(&mut connection).await?;
    sqlx::query!("SELECT ensure_partitions($1) AS made", MONTHS_AHEAD).fetch_one(&mut connection).await?;
    Ok(())
}
