//! SQL of the pages of jobs.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// A job as its page shows it.
#[derive(Clone, Debug)]
pub struct JobRow {
    pub id: Uuid,
    pub kind: String,
    pub title: String,
    pub args: serde_json::Value,
    pub effects: Vec<String>,
    pub state: String,
    pub owner_id: Option<Uuid>,
    pub owner: Option<String>,
    pub reverts: Option<Uuid>,
    pub reverted_by: Option<Uuid>,
    pub created_at: OffsetDateTime,
    pub due_at: OffsetDateTime,
    pub started_at: Option<OffsetDateTime>,
    pub run_at: Option<OffsetDateTime>,
    pub run_from: i32,
    pub ended_at: Option<OffsetDateTime>,
    pub stop_asked: bool,
    pub result: Option<serde_json::Value>,
    /// What is done so far, of work without rows.
    pub so_far: Option<i64>,
    pub total: i32,
    pub done: i32,
    pub failed: i32,
    pub not_eligible: i32,
    pub last_error: Option<String>,
    pub now: OffsetDateTime,
}

/// One job.
pub async fn job(db: &PgPool, id: Uuid) -> sqlx::Result<Option<JobRow>> {
    sqlx::query_as!(
        JobRow,
        r#"SELECT j.id, j.kind, j.title, j.args, j.effects, j.state, j.owner_id,
                  u.first_name || ' ' || u.last_name AS owner, j.reverts,
                  (SELECT r.id FROM jobs r WHERE r.reverts = j.id AND r.state <> 'preview' ORDER BY r.id DESC LIMIT 1) AS reverted_by,
                  j.created_at, j.due_at, j.started_at, j.run_at, j.run_from, j.ended_at, j.stop_asked, j.result,
                  (j.place ->> 'rows')::bigint AS so_far,
                  j.total, j.done, j.failed, j.not_eligible, j.last_error, now() AS "now!"
           FROM jobs j LEFT JOIN users u ON u.id = j.owner_id WHERE j.id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// A row of a job.
#[derive(Clone, Debug)]
pub struct RowRow {
    pub n: i32,
    pub subject: Uuid,
    pub label: String,
    pub state: String,
    pub why: Option<String>,
    pub ended_at: Option<OffsetDateTime>,
}

/// Rows of a job behind `after`, in their order; `state` none: all.
pub async fn rows(db: &PgPool, id: Uuid, state: Option<&str>, after: i32, most: i64) -> sqlx::Result<Vec<RowRow>> {
    sqlx::query_as!(
        RowRow,
        "SELECT n, subject, label, state, why, ended_at FROM job_rows
         WHERE job_id = $1 AND ($2::text IS NULL OR state = $2) AND n > $3 ORDER BY n LIMIT $4",
        id,
        state,
        after,
        most
    )
    .fetch_all(db)
    .await
}

/// A job in the list.
#[derive(Clone, Debug)]
pub struct ListRow {
    pub id: Uuid,
    pub title: String,
    pub state: String,
    pub owner: Option<String>,
    pub created_at: OffsetDateTime,
    pub total: i32,
    pub done: i32,
    pub failed: i32,
}

/// The newest jobs before `before`, of one owner or of all.
pub async fn list(db: &PgPool, owner: Option<Uuid>, before: Option<Uuid>, most: i64) -> sqlx::Result<Vec<ListRow>> {
    sqlx::query_as!(
        ListRow,
        r#"SELECT j.id, j.title, j.state, u.first_name || ' ' || u.last_name AS owner, j.created_at, j.total, j.done, j.failed
           FROM jobs j LEFT JOIN users u ON u.id = j.owner_id
           WHERE ($1::uuid IS NULL OR j.owner_id = $1) AND j.id < COALESCE($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
           ORDER BY j.id DESC LIMIT $3"#,
        owner,
        before,
        most
    )
    .fetch_all(db)
    .await
}
