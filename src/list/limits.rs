//! Statements that may not take long.

use super::listing::Found;
use crate::server::db::{self, reading};
use sqlx::{FromRow, PgConnection, PgPool, Postgres, QueryBuilder, Transaction, postgres::PgRow};

/// For how long is looked where no index serves what is asked for.
pub const UNSERVED_TIME: &str = "2s";
/// How long is counted; a number that takes longer isn't worth its wait.
pub const COUNTING_TIME: &str = "400ms";

/// Runs a statement, and not for long. `walks`: the planner is told not to sort, since it takes parts of names for rarer
/// than they are, and would read everything to find all of them.
///
/// # Errors
/// When the database says no; [`is_timeout`] tells whether it took too long.
pub async fn limited<R>(
    db: &PgPool,
    mut statement: QueryBuilder<Postgres>,
    time: &'static str,
    walks: bool,
) -> sqlx::Result<Vec<R>>
where
    R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let mut transaction = timed(db, time, walks).await?;
    let rows = statement.build_query_as().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// The rows of a page that no index serves, if they come in time.
///
/// # Errors
/// When the database says no.
pub async fn found<R>(db: &PgPool, statement: QueryBuilder<Postgres>, walks: bool) -> sqlx::Result<Found<R>>
where
    R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    match limited(db, statement, UNSERVED_TIME, walks).await {
        Ok(rows) => Ok(Found::all(rows)),
        Err(error) if is_timeout(&error) => Ok(Found::too_late()),
        Err(error) => Err(error),
    }
}

/// Counts, and not for long; nothing when it takes longer.
///
/// # Errors
/// When the database says no.
pub async fn counted(db: &PgPool, mut statement: QueryBuilder<Postgres>) -> sqlx::Result<Option<i64>> {
    let mut transaction = timed(db, COUNTING_TIME, false).await?;
    match statement.build_query_scalar().fetch_one(&mut *transaction).await {
        Ok(count) => {
            transaction.commit().await?;
            Ok(Some(count))
        }
        Err(error) if is_timeout(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A transaction to read in, whose statements may take so long, and walk instead of sorting if they are told to.
///
/// # Errors
/// When the database says no.
pub async fn timed(db: &PgPool, time: &'static str, walks: bool) -> sqlx::Result<Transaction<'static, Postgres>> {
    reading(db, &[("statement_timeout", time), ("enable_sort", if walks { "off" } else { "on" })]).await
}

/// How long a statement of a transaction that has begun may take.
///
/// # Errors
/// When the database says no.
pub async fn set_time(connection: &mut PgConnection, time: &str) -> sqlx::Result<()> {
    sqlx::query!("SELECT set_config('statement_timeout', $1, true) AS done", time).fetch_one(connection).await?;
    Ok(())
}

/// Whether a statement took longer than it may.
#[must_use]
pub fn is_timeout(error: &sqlx::Error) -> bool {
    db::code(error).as_deref() == Some("57014")
}
