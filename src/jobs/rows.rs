//! Work row by row: each in one transaction with the note that it is done, so that it happens once.

use super::{kind::Step, queue::Forward, run::Run};
use crate::{
    forms::Refusal,
    server::db::{BUSY, Stop, Work, is_passing},
};
use serde_json::Value as Json;
use sqlx::PgConnection;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows that are looked up together.
const BATCH: i64 = 100;
/// Longest step.
const LONGEST_STEP: Duration = Duration::from_secs(1);
/// Tries of a row whose order somebody else is changing just now, and the wait between them. Each waits 5 s for the lock
/// itself: longer together than the 15 s for which PostgreSQL lets a runner that was lost in the middle of this row hold it.
const TRIES: u32 = 4;
const WAIT: Duration = Duration::from_millis(250);
/// Letters of a reason that are kept.
const LONGEST_WHY: usize = 500;

/// What a job works on.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place.
    pub n: i32,
    /// Id of the order, or of another record.
    pub subject: Uuid,
}

/// Does rows that wait, for a second at most. `act` is one row's work, for the `reason` that the audit trail has; its value is
/// what a revert needs to know. A refusal is noted beside the row, and the next one comes.
///
/// # Errors
/// [`Stop::Lost`], and errors that pass: then the row is tried again later.
pub async fn each<F>(run: &mut Run, reason: &str, act: F) -> Result<Step, Stop>
where
    F: for<'c> Fn(&'c mut PgConnection, Row) -> Work<'c, Json> + Clone + Send + 'static,
{
    let rows = sqlx::query_as!(
        Row,
        "SELECT n, subject FROM job_rows WHERE job_id = $1 AND state = 'waiting' ORDER BY n LIMIT $2",
        run.taken.id,
        BATCH
    )
    .fetch_all(&run.state.db)
    .await?;
    if rows.is_empty() {
        return Ok(Step::Done);
    }
    let begun = Instant::now();
    for row in rows {
        if run.should_end() || begun.elapsed() > LONGEST_STEP {
            break;
        }
        if let Err(stop) = one(run, &row, reason, &act).await {
            note_failure(run, row.n, why(stop)?).await?;
        }
    }
    Ok(Step::More)
}

/// One row: its work and its note, in one transaction.
async fn one<F>(run: &mut Run, row: &Row, reason: &str, act: &F) -> Result<(), Stop>
where
    F: for<'c> Fn(&'c mut PgConnection, Row) -> Work<'c, Json> + Clone + Send + 'static,
{
    let job = run.taken.id;
    for tried in 1.. {
        let (row, act) = (row.clone(), act.clone());
        let done = run
            .write(run.actor().because(reason), move |connection| {
                Box::pin(async move {
                    let n = row.n;
                    let undo = act(&mut *connection, row).await?;
                    let undo = (!undo.is_null()).then_some(undo);
                    note(connection, job, n, undo, None).await?;
                    Ok(((), Forward { done: 1, ..Forward::default() }))
                })
            })
            .await;
        match done {
            Err(Stop::Refused(refusal)) if refusal.message == BUSY && tried < TRIES => tokio::time::sleep(WAIT).await,
            done => return done,
        }
    }
    Ok(())
}

/// Why a row failed, for people.
///
/// # Errors
/// What is no fault of the row.
fn why(stop: Stop) -> Result<String, Stop> {
    let text = match stop {
        Stop::Refused(refusal) => {
            let fields = refusal.fields.into_values();
            std::iter::once(refusal.message).chain(fields).collect::<Vec<_>>().join(" ")
        }
        Stop::Failed(error) if error.status() == 404 => "It isn't there any more.".into(),
        Stop::Failed(error) if error.status() < 500 => error.to_string(),
        Stop::Database(error) if !is_passing(&error) => {
            tracing::error!(cause = %crate::server::db::describe(&error), "a row of a job failed");
            "An unexpected error; the server's log has it.".into()
        }
        stop => return Err(stop),
    };
    Ok(text.chars().take(LONGEST_WHY).collect())
}

/// Notes the end of a row: done, with what a revert needs to know, or failed, and why.
async fn note(
    connection: &mut PgConnection,
    job: Uuid,
    n: i32,
    undo: Option<Json>,
    why: Option<String>,
) -> Result<(), Stop> {
    let noted = sqlx::query!(
        "UPDATE job_rows SET state = CASE WHEN $4::text IS NULL THEN 'done' ELSE 'failed' END, undo = $3, why = $4,
                ended_at = clock_timestamp()
         WHERE job_id = $1 AND n = $2 AND state = 'waiting'",
        job,
        n,
        undo,
        why
    )
    .execute(connection)
    .await?;
    // somebody else did it: then the job is somebody else's
    if noted.rows_affected() == 0 { Err(Stop::Lost) } else { Ok(()) }
}

async fn note_failure(run: &mut Run, n: i32, why: String) -> Result<(), Stop> {
    let job = run.taken.id;
    run.write(run.actor(), move |connection| {
        Box::pin(async move {
            note(connection, job, n, None, Some(why)).await?;
            Ok(((), Forward { failed: 1, ..Forward::default() }))
        })
    })
    .await
}

/// What setting back needs to know of what a job did to a row.
///
/// # Errors
/// A refusal when it did nothing that is known, and when the database says no.
pub async fn undone(connection: &mut PgConnection, job: Uuid, subject: Uuid) -> Result<Json, Stop> {
    sqlx::query_scalar!(
        r#"SELECT undo AS "undo!" FROM job_rows WHERE job_id = $1 AND subject = $2 AND state = 'done' AND undo IS NOT NULL"#,
        job,
        subject
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Refusal::conflict("What was done to it is no longer known.").into())
}
