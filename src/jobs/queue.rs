//! The queue in the database: put in, taken, kept alive, handed back, ended.

use super::kind::KINDS;
use crate::{
    forms::Refusal,
    server::{
        db::{Actor, Stop, transact},
        storage::{self, Stored},
    },
};
use serde_json::Value as Json;
use sqlx::{PgConnection, PgPool};
use std::time::Duration;
use uuid::Uuid;

/// Key of the advisory lock under which jobs are taken, so that the limit of a kind holds: "jobs" in ASCII.
const TAKING: i64 = 0x6a6f_6273;
/// Runners that may be lost, one after the other without a step forward, before a job is put into quarantine.
pub const MOST_DEATHS: i32 = 3;
/// The wait after the first error; each further one waits four times as long.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait after an error.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// Letters of an error that are kept.
const LONGEST_ERROR: usize = 500;

/// A job to put in.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// Its kind.
    pub kind: &'static str,
    /// What it does, for people.
    pub title: String,
    /// Its arguments.
    pub args: Json,
    /// No two jobs with these words wait or run at a time.
    pub only_one: Option<String>,
    /// Higher ones are taken first.
    pub priority: i16,
    /// Who asks; nobody: the system.
    pub owner: Option<Uuid>,
    /// The job that this one sets back.
    pub reverts: Option<Uuid>,
    /// It waits for a person's word.
    pub is_preview: bool,
    /// What it changes, in sentences.
    pub effects: Vec<String>,
    /// What it works on; none: it has no rows.
    pub rows: Vec<NewRow>,
}

/// A row of a job to put in.
#[derive(Clone, Debug)]
pub struct NewRow {
    /// Id of the order, or of another record.
    pub subject: Uuid,
    /// What it is called.
    pub label: String,
    /// Why it can't be done; nothing: it can.
    pub why_not: Option<String>,
}

/// Rows that are stored together.
const STORED: usize = 5_000;

/// Puts a job in, in the transaction of what it belongs to. Nothing when another of the same `only_one` waits or runs.
///
/// # Errors
/// When the database says no.
pub async fn put(connection: &mut PgConnection, new: New) -> sqlx::Result<Option<Uuid>> {
    let not_eligible = new.rows.iter().filter(|row| row.why_not.is_some()).count();
    let count = |rows: usize| i32::try_from(rows).unwrap_or(i32::MAX);
    let id = sqlx::query_scalar!(
        "INSERT INTO jobs (kind, title, args, only_one, priority, owner_id, reverts, state, effects, total, not_eligible)
         VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN 'preview' ELSE 'waiting' END, $9, $10, $11)
         ON CONFLICT (only_one) WHERE only_one IS NOT NULL AND state IN ('waiting', 'running') DO NOTHING
         RETURNING id",
        new.kind,
        new.title,
        new.args,
        new.only_one,
        new.priority,
        new.owner,
        new.reverts,
        new.is_preview,
        &new.effects,
        count(new.rows.len() - not_eligible),
        count(not_eligible)
    )
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(id) = id {
        for (number, rows) in new.rows.chunks(STORED).enumerate() {
            put_rows(connection, id, count(number * STORED), rows).await?;
        }
    }
    Ok(id)
}

async fn put_rows(connection: &mut PgConnection, job: Uuid, before: i32, rows: &[NewRow]) -> sqlx::Result<()> {
    let subjects: Vec<Uuid> = rows.iter().map(|row| row.subject).collect();
    let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let whys: Vec<Option<&str>> = rows.iter().map(|row| row.why_not.as_deref()).collect();
    sqlx::query!(
        "INSERT INTO job_rows (job_id, n, subject, label, state, why)
         SELECT $1, $2 + n::int, subject, label, CASE WHEN why IS NULL THEN 'waiting' ELSE 'not_eligible' END, why
         FROM unnest($3::uuid[], $4::text[], $5::text[]) WITH ORDINALITY AS r (subject, label, why, n)",
        job,
        before,
        &subjects,
        &labels as &[&str],
        &whys as &[Option<&str>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets the owner of a job have the file that it made, in the transaction that says it is done.
///
/// # Errors
/// Refused when the file was taken back meanwhile; when the database says no.
pub async fn hand_over(connection: &mut PgConnection, job: Uuid, stored: &Stored) -> Result<(), Stop> {
    if !storage::publish(&mut *connection, stored).await? {
        return Err(Refusal::conflict("The unfinished file was deleted: start the export again.").into());
    }
    let result = serde_json::json!({ "file": stored.file, "bytes": stored.bytes });
    sqlx::query!("UPDATE jobs SET result = $2 WHERE id = $1", job, result).execute(connection).await?;
    Ok(())
}

/// A job that a runner holds.
#[derive(Clone, Debug)]
pub struct Taken {
    /// `jobs.id`.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// Its arguments.
    pub args: Json,
    /// Who asked; nobody: the system.
    pub owner: Option<Uuid>,
    /// The number of this runner.
    pub fence: i64,
    /// Where to go on.
    pub place: Option<Json>,
    /// Errors since the last step forward.
    pub attempts: i32,
    /// Rows to do.
    pub total: i32,
}

/// Takes the next job that is due, or whose runner was lost; one that was lost too often goes into quarantine.
///
/// # Errors
/// When the database says no.
pub async fn take(db: &PgPool, runner: &str, lease: Duration) -> Result<Option<Taken>, Stop> {
    // most looks find nothing: one statement, no lock
    if !is_due(db).await? {
        return Ok(None);
    }
    let runner = runner.to_owned();
    let names: Vec<String> = KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    let at_once: Vec<i32> = KINDS.iter().map(|kind| kind.at_once).collect();
    transact(db, Actor::system("jobs", ""), move |connection| {
        Box::pin(async move {
            sqlx::query!("SELECT pg_advisory_xact_lock($1)::text AS locked", TAKING).fetch_one(&mut *connection).await?;
            let row = sqlx::query!(
                r#"WITH kinds AS (SELECT kind, at_once FROM unnest($1::text[], $2::int[]) AS k (kind, at_once)),
                   next AS (SELECT j.id, j.deaths + (j.state = 'running')::int AS deaths
                            FROM jobs j JOIN kinds k ON k.kind = j.kind
                            WHERE (j.state = 'waiting' AND j.due_at <= now() OR j.state = 'running' AND j.lease_until < clock_timestamp())
                              AND (SELECT count(*) FROM jobs r WHERE r.kind = j.kind AND r.state = 'running' AND r.lease_until >= clock_timestamp()) < k.at_once
                            ORDER BY j.priority DESC, j.due_at, j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED)
                   UPDATE jobs j SET state = CASE WHEN next.deaths >= $5 THEN 'quarantined' ELSE 'running' END,
                       ended_at = CASE WHEN next.deaths >= $5 THEN now() END,
                       last_error = CASE WHEN next.deaths >= $5 THEN
                           'Its server was lost ' || next.deaths || ' times, one after the other, at the same place'
                           || COALESCE((SELECT ': ' || r.label FROM job_rows r WHERE r.job_id = j.id AND r.state = 'waiting' ORDER BY r.n LIMIT 1), '') || '.'
                           ELSE j.last_error END,
                       deaths = next.deaths, runner = $3, fence = j.fence + 1,
                       lease_until = clock_timestamp() + make_interval(secs => $4),
                       started_at = COALESCE(j.started_at, clock_timestamp()), run_at = clock_timestamp(), run_from = j.done + j.failed
                   FROM next WHERE j.id = next.id
                   RETURNING j.id, j.kind, j.args, j.owner_id, j.fence, j.place, j.attempts, j.total, j.state = 'running' AS "is_running!""#,
                &names,
                &at_once,
                runner,
                lease.as_secs_f64(),
                MOST_DEATHS
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(row) = row else { return Ok(None) };
            if !row.is_running {
                tell_owner(connection, row.id).await?;
                tracing::error!(job = %row.id, kind = row.kind, "a job is in quarantine: its runners were lost");
                return Ok(None);
            }
            Ok(Some(Taken {
                id: row.id,
                kind: row.kind,
                args: row.args,
                owner: row.owner_id,
                fence: row.fence,
                place: row.place,
                attempts: row.attempts,
                total: row.total,
            }))
        })
    })
    .await
}

async fn is_due(db: &PgPool) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM jobs
                          WHERE state = 'waiting' AND due_at <= now() OR state = 'running' AND lease_until < now()) AS "due!""#
    )
    .fetch_one(db)
    .await
}

/// Keeps the lease. Whether it was still there to keep.
///
/// # Errors
/// When the database says no.
pub async fn renew(db: &PgPool, id: Uuid, fence: i64, lease: Duration) -> sqlx::Result<bool> {
    let kept = sqlx::query!(
        "UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 AND fence = $2 AND state = 'running' AND lease_until > clock_timestamp()",
        id,
        fence,
        lease.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// What a write moves forward.
#[derive(Clone, Debug, Default)]
pub struct Forward {
    /// Rows that were done.
    pub done: i32,
    /// Rows that failed.
    pub failed: i32,
    /// Where to go on.
    pub place: Option<Json>,
}

/// Checks the fence and notes what a write moved forward, at the end of the write's own transaction. Whether a stop was
/// asked for.
///
/// # Errors
/// [`Stop::Lost`] when the lease is over or somebody else's: the transaction must be rolled back.
pub async fn forward(
    connection: &mut PgConnection,
    (id, fence): (Uuid, i64),
    lease: Duration,
    forward: Forward,
) -> Result<bool, Stop> {
    sqlx::query_scalar!(
        "UPDATE jobs SET done = done + $4, failed = failed + $5, place = COALESCE($6, place), deaths = 0, attempts = 0,
                lease_until = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 AND fence = $2 AND state = 'running' AND lease_until > clock_timestamp()
         RETURNING stop_asked",
        id,
        fence,
        lease.as_secs_f64(),
        forward.done,
        forward.failed,
        forward.place
    )
    .fetch_optional(connection)
    .await?
    .ok_or(Stop::Lost)
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything is done.
    Done,
    /// A person asked for it.
    Stopped,
    /// It must not go on, and why.
    Refused(String),
    /// The server stops: another one goes on at once.
    HandedBack,
    /// An error: tried again later, or given up after the last try.
    Failed(String),
}

/// Ends a run. Nothing happens when the lease is lost.
///
/// # Errors
/// When the database says no.
pub async fn end(db: &PgPool, taken: &Taken, tries: i32, end: End) -> Result<(), Stop> {
    let (id, fence, attempts) = (taken.id, taken.fence, taken.attempts + 1);
    let is_last = attempts >= tries;
    let (state, error, wait) = match end {
        End::Done => ("done", None, Duration::ZERO),
        End::Stopped => ("stopped", None, Duration::ZERO),
        End::Refused(why) => ("stopped", Some(why), Duration::ZERO),
        End::HandedBack => ("waiting", None, Duration::ZERO),
        End::Failed(why) if is_last => ("failed", Some(why), Duration::ZERO),
        End::Failed(why) => ("waiting", Some(why), wait_after(taken.attempts)),
    };
    let error = error.map(|text| text.chars().take(LONGEST_ERROR).collect::<String>());
    transact(db, Actor::system(&format!("job:{id}"), ""), move |connection| {
        Box::pin(async move {
            let ended = sqlx::query!(
                "UPDATE jobs SET state = $3, ended_at = CASE WHEN $3 <> 'waiting' THEN now() END,
                        due_at = now() + make_interval(secs => $4), attempts = CASE WHEN $6 THEN attempts + 1 ELSE attempts END,
                        last_error = $5, lease_until = NULL, runner = NULL, stop_asked = stop_asked AND $3 = 'waiting'
                 WHERE id = $1 AND fence = $2 AND state = 'running' AND lease_until > clock_timestamp()",
                id,
                fence,
                state,
                wait.as_secs_f64(),
                error,
                error.is_some()
            )
            .execute(&mut *connection)
            .await?;
            if ended.rows_affected() == 0 {
                tracing::warn!(job = %id, "a job was somebody else's when its run ended here");
            } else if state != "waiting" {
                tell_owner(connection, id).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Puts the end of a job into its owner's inbox: of a long one, and of one that didn't come to its end in all rows. Who
/// asked for a short one has seen its end, and who doesn't want to be told isn't.
async fn tell_owner(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO inbox_items (user_id, kind, job_id)
         SELECT owner_id, 'job', id FROM jobs
         WHERE id = $1 AND owner_id IS NOT NULL
           AND (state <> 'done' OR failed > 0 OR clock_timestamp() - run_at > interval '20 seconds')
           AND NOT EXISTS (SELECT 1 FROM user_preferences p WHERE p.user_id = jobs.owner_id AND p.notifications -> 'job' = 'false')",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The wait after so many errors.
fn wait_after(errors: i32) -> Duration {
    let times = 4_u32.saturating_pow(u32::try_from(errors).unwrap_or(u32::MAX).min(10));
    FIRST_WAIT.saturating_mul(times).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_at_an_hour() {
        let waits: Vec<u64> = (0..7).map(|errors| wait_after(errors).as_secs()).collect();
        assert_eq!(waits, [5, 20, 80, 320, 1_280, 3_600, 3_600]);
        assert_eq!(wait_after(i32::MAX), LONGEST_WAIT);
    }
}
