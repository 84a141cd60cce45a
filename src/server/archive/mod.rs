//! `techally archive`: takes a month of orders out of the database into a folder, and brings it back.
//!
//! The order of things is what makes it safe at any moment to be killed:
//!
//! 1. *Close*: a row in `retired_months`; from then on triggers refuse to write to that month. What was being written
//!    is waited for.
//! 2. *Copy*: all rows in one snapshot, with counts and digests in a manifest; the folder gets its name when it is
//!    whole and on the disk. The manifest goes into `retired_months` before a row is removed.
//! 3. *Remove*, in small windows of ids, and vacuum, so that detaching has nothing to look through.
//! 4. *Detach and drop* the empty partitions, in one short transaction that gives way to orders being written.
//!
//! Run again, it goes on where it ended. Restoring is one transaction. Both need a superuser, because the triggers that
//! keep history append-only are off for what leaves and comes back; the audit trail says RETIRE and RESTORE. People who are
//! erased leave the files as well (ERASE).

mod erase;
mod manifest;
mod restore;
mod retire;
mod tables;

pub use erase::{Erased, erase};
pub use manifest::{Manifest, TableFile};
pub use restore::restore;
pub use retire::{Options, retire};
pub use tables::{TABLES, Table, Way};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
};
use uuid::Uuid;

/// Key of the advisory lock: one archive at a time.
const LOCK: i64 = 0x6172_6368;

/// A month of UTC, written `2024-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month(time::Date);

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: time::Date) -> Self {
        Self(day.replace_day(1).unwrap_or(day))
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> time::Date {
        self.0
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        Self::of(self.0 + time::Duration::days(31))
    }

    /// Whole months from this one to the other.
    #[must_use]
    pub fn until(self, later: Self) -> i32 {
        let months = |month: Self| month.0.year() * 12 + i32::from(u8::from(month.0.month()));
        months(later) - months(self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), u8::from(self.0.month()))
    }
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (year, month) = text.split_once('-')?;
            let month: u8 = month.parse().ok()?;
            time::Date::from_calendar_date(year.parse().ok()?, time::Month::try_from(month).ok()?, 1).ok()
        };
        read().map(Self).ok_or_else(|| format!("“{text}” is no month: it looks like 2024-01"))
    }
}

/// Why a month is where it was.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The month can't be archived (yet).
    #[error("{month} can't be archived: {why}. Nothing was changed.")]
    NotReady { month: Month, why: String },
    /// Somebody else is at it.
    #[error("another archive is running on this database")]
    Busy,
    /// Orders were written all the time, or a transaction never ended.
    #[error("{0}; run the same command again, it goes on where this ended")]
    Patience(String),
    /// The files are not those that were written.
    #[error("the archive in {} can't be used: {why}", folder.display())]
    Unusable { folder: PathBuf, why: String },
    /// A defect, or somebody with a superuser's rights has intervened.
    #[error("stopped: {0}")]
    Unsound(String),
    /// The disk said no.
    #[error("{}: {error}", path.display())]
    Disk { path: PathBuf, error: io::Error },
    /// The database said no.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// What was moved.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which month.
    pub month: Month,
    /// Its folder.
    pub folder: PathBuf,
    /// Orders.
    pub orders: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes of the files.
    pub bytes: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { month, folder, orders, rows, bytes } = self;
        write!(f, "{month}: {orders} orders, {rows} rows, {bytes} bytes in {}", folder.display())
    }
}

/// The ids of a month's orders: from, to (exclusive).
#[derive(Clone, Copy, Debug)]
struct Ids(Uuid, Uuid);

async fn connect(url: &str) -> Result<PgConnection, ArchiveError> {
    let options: PgConnectOptions = url.parse()?;
    let mut connection = options.disable_statement_logging().application_name("techally archive").connect().await?;
    // PostgreSQL notices the end of an attempt before this one, and lets go of its lock, a moment later
    for _ in 0..20 {
        let alone: bool =
            sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut connection).await?;
        if alone {
            return Ok(connection);
        }
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    }
    Err(ArchiveError::Busy)
}

async fn ids(connection: &mut PgConnection, month: Month) -> sqlx::Result<Ids> {
    let (from, to) = sqlx::query_as("SELECT uuid_v7_floor(month_start($1)), uuid_v7_floor(month_start($2))")
        .bind(month.first_day())
        .bind(month.next().first_day())
        .fetch_one(connection)
        .await?;
    Ok(Ids(from, to))
}

/// Why a month leaves or comes back.
const RETENTION: &str = "Retention of orders";

/// Says in the audit trail who did what and why; for the transaction that is open.
async fn name_actor(connection: &mut PgConnection, job: &str, why: &str) -> sqlx::Result<()> {
    sqlx::query(
        "SELECT set_config('app.actor_kind', 'system', true), set_config('app.request_id', $1, true),
                set_config('app.reason', $2, true)",
    )
    .bind(job)
    .bind(why)
    .execute(connection)
    .await?;
    Ok(())
}

/// The manifest of a month that is in the archive.
async fn kept_manifest(connection: &mut PgConnection, month: Month) -> sqlx::Result<Option<serde_json::Value>> {
    sqlx::query_scalar("SELECT manifest FROM retired_months WHERE month = $1 AND state = 'retired'")
        .bind(month.first_day())
        .fetch_optional(connection)
        .await
}

/// A folder that is what the database knows of its month.
async fn known(connection: &mut PgConnection, folder: &Path) -> Result<(Manifest, Month), ArchiveError> {
    let unusable = |why: &str| ArchiveError::Unusable { folder: folder.to_owned(), why: why.into() };
    let manifest = Manifest::read(folder)?;
    let month = manifest.month(folder)?;
    match kept_manifest(connection, month).await? {
        None => Err(unusable("the database has this month, it is not in the archive")),
        Some(kept) if serde_json::to_value(&manifest).ok().as_ref() != Some(&kept) => {
            Err(unusable("it is not the one that was made when the month was archived"))
        }
        Some(_) => Ok((manifest, month)),
    }
}

async fn close(connection: PgConnection) -> Result<(), ArchiveError> {
    Ok(connection.close().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_written_and_counted() {
        let month: Month = "2024-12".parse().expect("a month");
        assert_eq!(month.to_string(), "2024-12");
        assert_eq!(month.next().to_string(), "2025-01");
        assert_eq!(month.until("2026-02".parse().expect("a month")), 14);
        for wrong in ["", "2024", "2024-13", "2024-0", "24-01-01", "x-y"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
