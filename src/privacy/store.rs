//! SQL of the pages of privacy.

use serde_json::Value as Json;
use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// An erasure with the names of who asked and who decided.
#[derive(Clone, Debug, FromRow)]
pub struct Erasure {
    pub id: Uuid,
    pub user_id: Uuid,
    pub who: String,
    pub state: String,
    pub reason: String,
    pub asked_by: Uuid,
    pub asker: String,
    pub asked_at: OffsetDateTime,
    pub decider: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
    pub job_id: Option<Uuid>,
    pub done_at: Option<OffsetDateTime>,
    pub counted: Json,
    pub version: i32,
}

/// The erasures of a page, those that wait first, else the newest; or one.
///
/// # Errors
/// When the database says no.
pub async fn erasures(db: &PgPool, id: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<Erasure>> {
    sqlx::query_as!(
        Erasure,
        r#"SELECT e.id, e.user_id, u.first_name || ' ' || u.last_name AS "who!", e.state, e.reason, e.asked_by,
                  a.first_name || ' ' || a.last_name AS "asker!", e.asked_at, d.first_name || ' ' || d.last_name AS decider,
                  e.decided_at, e.job_id, e.done_at, e.counted, e.version
           FROM erasures e JOIN users u ON u.id = e.user_id JOIN users a ON a.id = e.asked_by LEFT JOIN users d ON d.id = e.decided_by
           WHERE $1::uuid IS NULL OR e.id = $1
           ORDER BY e.state <> 'asked', e.id DESC LIMIT $2"#,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// What keeps a person from being erased now.
#[derive(Clone, Copy, Debug, Default, FromRow)]
pub struct Obstacles {
    /// Orders that aren't over.
    pub orders: i64,
    /// Money that is on its way to or from the person.
    pub money: i64,
}

/// The same, asked of the rows of now.
///
/// # Errors
/// When the database says no.
pub async fn obstacles<'e>(db: impl sqlx::PgExecutor<'e>, people: &[Uuid]) -> sqlx::Result<Obstacles> {
    sqlx::query_as!(
        Obstacles,
        r#"SELECT (SELECT count(*) FROM orders o JOIN order_status s ON s.code = o.status
                   WHERE o.user_id = ANY ($1) AND o.deleted_at IS NULL AND NOT s.is_final) AS "orders!",
                  (SELECT count(*) FROM orders o JOIN refunds r ON r.order_id = o.id
                   WHERE o.user_id = ANY ($1) AND r.status = 'pending') AS "money!""#,
        people
    )
    .fetch_one(db)
    .await
}

/// A month of a log that is due, or sessions; and what went the last time.
#[derive(Clone, Debug, FromRow)]
pub struct Run {
    pub rule: String,
    pub before: OffsetDateTime,
    pub rows_gone: i64,
    pub file_id: Option<Uuid>,
    pub ran_at: OffsetDateTime,
}

/// What went last.
///
/// # Errors
/// When the database says no.
pub async fn runs(db: &PgPool, limit: i64) -> sqlx::Result<Vec<Run>> {
    sqlx::query_as!(
        Run,
        "SELECT rule, before, rows_gone, file_id, ran_at FROM retention_runs ORDER BY id DESC LIMIT $1",
        limit
    )
    .fetch_all(db)
    .await
}

/// Months in the archive whose files may have people who were erased since: `2024-01`.
///
/// # Errors
/// When the database says no.
pub async fn unclean_months(db: &PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"SELECT to_char(month, 'YYYY-MM') AS "month!" FROM retired_months
           WHERE state = 'retired' AND COALESCE(people_erased_at, closed_at) < (SELECT max(done_at) FROM erasures WHERE state = 'done')
           ORDER BY month"#
    )
    .fetch_all(db)
    .await
}
