//! What goes when its time is over: sessions 30 days after their end; months of logs 90 days after theirs, into a file that is
//! kept for another year without anything personal. The audit trail is no log in this sense: it proves what became of orders,
//! and stays as long as they do (docs/decisions/0013).

use crate::{
    jobs::{
        kind::{Job, Step},
        queue::Forward,
        run::Run,
    },
    list::{
        export::{Head, Value, csv::Csv},
        limits::set_time,
    },
    server::{
        db::Stop,
        sessions,
        storage::{self, NewFile, Purpose, StorageError, Stored, Writer},
    },
    stamp::Zone,
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

/// How long an archived month is kept.
const ARCHIVED: Duration = Duration::days(365);
/// How long a month of a log is kept in the database, after its end.
const KEPT: Duration = Duration::days(90);
/// Rows of a log that are read together.
const PAGE: i64 = 5_000;
/// Longest time to count a month.
const LONGEST: &str = "60s";
const TYPE: &str = "text/csv; charset=utf-8";

/// A month of a log whose time is over.
#[derive(Clone, Debug, FromRow)]
pub struct Due {
    /// The log.
    pub table_name: String,
    /// Its first day.
    pub month: Date,
    /// About how many entries: as the statistics of the month have it.
    pub entries: i64,
}

/// What is due of the logs.
///
/// # Errors
/// When the database says no.
pub async fn due(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<Vec<Due>> {
    sqlx::query_as!(
        Due,
        r#"SELECT table_name::text AS "table_name!", month AS "month!", entries AS "entries!" FROM due_log_months($1)"#,
        now
    )
    .fetch_all(db)
    .await
}

/// Each night.
#[derive(Debug, Serialize, Deserialize)]
pub struct Retention {}

/// How far a night's work is.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct At {
    /// Sessions that went.
    sessions: i64,
    /// They are all gone, and it is recorded.
    is_clean: bool,
}

impl Job for Retention {
    const KIND: &'static str = "privacy.retention";
    const AT_ONCE: i32 = 1;
    const EVERY: &'static str = "41 3 * * *";

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let now = run.state.clock.now();
        let at: At = run.place().and_then(|place| serde_json::from_value(place.clone()).ok()).unwrap_or_default();
        if !at.is_clean {
            delete_sessions(run, at, now).await?;
            return Ok(Step::More);
        }
        let Some(month) = due(&run.state.db, now).await?.into_iter().next() else { return Ok(Step::Done) };
        archive(run, &month, now).await?;
        Ok(Step::More)
    }
}

/// A batch of sessions; the last one records how many went.
async fn delete_sessions(run: &mut Run, at: At, now: OffsetDateTime) -> Result<(), Stop> {
    run.write(run.actor().because("Over for 30 days"), move |connection| {
        Box::pin(async move {
            let deleted = sessions::delete_old(&mut *connection, now).await?;
            let at = At { sessions: at.sessions + deleted, is_clean: deleted == 0 };
            if at.is_clean && at.sessions > 0 {
                sqlx::query!(
                    "INSERT INTO retention_runs (rule, before, rows_gone) VALUES ('user_sessions', $1, $2)",
                    now - sessions::KEPT,
                    at.sessions
                )
                .execute(connection)
                .await?;
            }
            let place = serde_json::to_value(at)?;
            Ok(((), Forward { place: Some(place), ..Forward::default() }))
        })
    })
    .await
}

/// Writes a month into a file, and drops it. Cut off, it begins anew with another file; the first is swept after a day.
async fn archive(run: &mut Run, month: &Due, now: OffsetDateTime) -> Result<(), Stop> {
    let (mut file, mut entries) = (None, 0);
    let before_it = (month.month.midnight().assume_utc() - Duration::SECOND, Uuid::nil());
    if !page(&run.state.db, month, before_it, 1).await?.is_empty() {
        let name = format!("{}-{}.csv", month.table_name, month.month.to_string().get(..7).unwrap_or_default());
        let new = NewFile {
            purpose: Purpose::Archive,
            name,
            content_type: TYPE.into(),
            owner_id: None,
            job_id: Some(run.taken.id),
            expires_at: Some(end_of(month.month) + KEPT.max(now - end_of(month.month)) + ARCHIVED),
        };
        let id = run
            .write(run.actor(), move |connection| {
                Box::pin(async move { Ok((storage::create(connection, &new).await?, Forward::default())) })
            })
            .await?;
        let writer = run.state.storage.writer(id, Purpose::Archive, TYPE);
        let (stored, written) = write(&run.state.db, month, before_it, writer).await?;
        (file, entries) = (Some(stored), written);
    }
    let Due { table_name, month, .. } = month.clone();
    run.write(run.actor().because("Over for 90 days"), move |connection| {
        Box::pin(async move {
            let id = match &file {
                Some(stored) if storage::publish(&mut *connection, stored).await? => Some(stored.file),
                Some(_) => return Err(StorageError::Missing.into()),
                None => None,
            };
            set_time(&mut *connection, LONGEST).await?;
            sqlx::query!(
                "SELECT drop_log_month($1::text::name, $2, $3, $4, $5)::text AS done",
                table_name,
                month,
                id as Option<Uuid>,
                entries,
                now
            )
            .fetch_one(connection)
            .await?;
            Ok(((), Forward::default()))
        })
    })
    .await
}

fn end_of(month: Date) -> OffsetDateTime {
    let next = (month + Duration::days(31)).replace_day(1).unwrap_or(month);
    next.midnight().assume_utc()
}

/// An entry as the archive has it: nothing that says who or where from.
#[derive(FromRow)]
struct Entry {
    id: Uuid,
    at: OffsetDateTime,
    subject: Option<Uuid>,
    action: String,
    detail: String,
}

/// The statement of a log's page: entries of a month after one of them.
fn statement(table: &str) -> &'static str {
    if table == "user_activity" {
        "SELECT id, \"timestamp\" AS at, user_id AS subject, action_type AS action, COALESCE(details ->> 'request', '') AS detail
         FROM user_activity WHERE \"timestamp\" >= $1 AND \"timestamp\" < $2 AND (\"timestamp\", id) > ($3, $4)
         ORDER BY \"timestamp\", id LIMIT $5"
    } else {
        "SELECT id, created_at AS at, payment_id AS subject, event AS action, concat_ws(' ', direction, http_status::text) AS detail
         FROM payment_logs WHERE created_at >= $1 AND created_at < $2 AND (created_at, id) > ($3, $4)
         ORDER BY created_at, id LIMIT $5"
    }
}

/// A page of a month: what comes after an entry.
async fn page(db: &PgPool, month: &Due, last: (OffsetDateTime, Uuid), limit: i64) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as(statement(&month.table_name))
        .bind(month.month.midnight().assume_utc())
        .bind(end_of(month.month))
        .bind(last.0)
        .bind(last.1)
        .bind(limit)
        .fetch_all(db)
        .await
}

/// Writes a month, and says how many entries it had.
async fn write(
    db: &PgPool,
    month: &Due,
    before_it: (OffsetDateTime, Uuid),
    mut writer: Writer,
) -> Result<(Stored, i64), Stop> {
    let heads = ["id", "at (UTC)", "about", "what", "more"].map(|title| Head { title: title.into(), width: 20 });
    let (utc, mut csv) = (Zone::named("UTC"), Csv::new(&heads));
    let (mut last, mut entries) = (before_it, 0);
    loop {
        let rows = page(db, month, last, PAGE).await?;
        let Some(end) = rows.last() else { break };
        last = (end.at, end.id);
        entries += i64::try_from(rows.len()).unwrap_or(PAGE);
        for row in rows {
            let text = |id: Option<Uuid>| id.map_or(Value::Empty, |id| Value::Text(id.to_string()));
            csv.row(&[
                text(Some(row.id)),
                Value::Moment(utc.on_the_wall(row.at)),
                text(row.subject),
                Value::Text(row.action),
                Value::Text(row.detail),
            ]);
        }
        writer.write(&csv.take()).await?;
    }
    writer.write(&csv.take()).await?;
    Ok((writer.finish(db).await?, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn a_month_ends_where_the_next_begins() {
        assert_eq!(end_of(date!(2026 - 02 - 01)), datetime!(2026-03-01 0:00 UTC));
        assert_eq!(end_of(date!(2026 - 12 - 01)), datetime!(2027-01-01 0:00 UTC));
    }
}
