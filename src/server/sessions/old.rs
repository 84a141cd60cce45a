//! What of sessions goes when its time is over.

use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime};

/// Ended sessions are kept so long, to see who was signed in.
pub const KEPT: Duration = Duration::days(30);
/// A device that nobody signed in with for so long is no longer known.
const DEVICE_KNOWN: Duration = Duration::days(180);
/// Forms are deleted after so long; they are given back for ten minutes.
const FORM_KEPT: Duration = Duration::minutes(15);

/// Deletes a batch of sessions that ended 30 days ago, and with them their addresses and browsers in the audit trail; returns
/// how many.
///
/// # Errors
/// When the database says no.
pub async fn delete_old(connection: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT delete_old_sessions($1, 1000) AS "deleted!""#, now - KEPT).fetch_one(connection).await
}

/// How many these are, at most ten thousand.
///
/// # Errors
/// When the database says no.
pub async fn count_old(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM (SELECT 1 FROM user_sessions WHERE expires_at < $1 LIMIT 10000) s"#,
        now - KEPT
    )
    .fetch_one(db)
    .await
}

/// Forgets devices that weren't used for half a year, and kept forms; returns how many rows.
///
/// # Errors
/// When the database says no.
pub async fn forget_browsers(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<i64> {
    let deleted = sqlx::query_scalar!(
        r#"WITH devices AS (DELETE FROM known_devices WHERE last_used_at < $1 RETURNING 1),
           forms AS (DELETE FROM kept_forms WHERE kept_at < $2 RETURNING 1)
           SELECT (SELECT count(*) FROM devices) + (SELECT count(*) FROM forms) AS "n!""#,
        now - DEVICE_KNOWN,
        now - FORM_KEPT,
    )
    .fetch_one(db)
    .await?;
    Ok(deleted)
}
