//! What a person does with a job: run, discard, stop, resume, try again, set back. What is offered is what is done.

use super::{
    FILES_KEPT,
    api::ChangeJob,
    kind,
    model::State,
    queue::{New, NewRow, put},
    service::{find, state_of},
    store::JobRow,
};
use crate::{
    auth::guard::Ctx,
    cards::Card,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    list::counts,
    server::db::{Actor, Stop, act},
    sheet::Act,
};
use server_fn::ServerFn;
use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

/// How long what a job did can be set back.
const SET_BACK: Duration = Duration::DAY;

/// An act, as its form names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Run,
    Discard,
    Stop,
    Resume,
    Retry,
    Revert,
}

impl Change {
    const ALL: [Self; 6] = [Self::Run, Self::Discard, Self::Stop, Self::Resume, Self::Retry, Self::Revert];

    const fn code(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Discard => "discard",
            Self::Stop => "stop",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Revert => "revert",
        }
    }

    /// Look of its button, icon, words.
    fn look(self, job: &JobRow) -> (&'static str, &'static str, String) {
        let number = |count: i32| counts::grouped(i64::from(count));
        match self {
            Self::Run => ("primary", "play", format!("Run for {}", number(job.total))),
            Self::Discard => ("", "x", "Discard".into()),
            Self::Stop => ("danger", "circle-stop", "Stop".into()),
            Self::Resume => ("primary", "play", "Resume".into()),
            Self::Retry => ("", "refresh-cw", format!("Try the {} failed again", number(job.failed))),
            Self::Revert => ("", "undo-2", "Set back what it did…".into()),
        }
    }

    /// Whether it can be done with the job as it is; the person is asked elsewhere.
    fn is_open(self, job: &JobRow, state: State) -> bool {
        let is_over = matches!(state, State::Done | State::Stopped | State::Failed | State::Quarantined);
        match self {
            Self::Run | Self::Discard => state == State::Preview,
            Self::Stop => state.is_live() && !job.stop_asked,
            Self::Resume => matches!(state, State::Stopped | State::Failed | State::Quarantined),
            Self::Retry => is_over && job.failed > 0,
            Self::Revert => {
                is_over
                    && job.done > 0
                    && job.reverted_by.is_none()
                    && job.ended_at.is_some_and(|at| job.now - at < SET_BACK)
                    && reversed(job).is_some()
            }
        }
    }

    /// Whether only who asked for the job may: it is done in that person's name.
    const fn is_owners(self) -> bool {
        matches!(self, Self::Run | Self::Revert)
    }
}

/// The arguments of the job that sets this one back.
fn reversed(job: &JobRow) -> Option<serde_json::Value> {
    (kind::find(&job.kind)?.read)(job.args.clone()).ok()?.reverse(job.id)
}

/// Whether it takes something away.
fn is_destructive(job: &JobRow) -> bool {
    kind::find(&job.kind).and_then(|kind| (kind.read)(job.args.clone()).ok()).is_some_and(|job| job.is_destructive())
}

/// The card of what can be done.
pub fn card(ctx: &Ctx, job: &JobRow, state: State) -> Card {
    let mut card = Card::new("acts", "What you can do");
    let is_mine = job.owner_id == Some(ctx.me.id);
    let mut is_empty = true;
    for change in Change::ALL.into_iter().filter(|change| change.is_open(job, state)) {
        if change.is_owners() && !is_mine {
            continue;
        }
        let (class, icon, label) = change.look(job);
        card = card.button((class, icon, &label), ChangeJob::PATH, change.code(), ("id", &job.id.to_string()));
        is_empty = false;
    }
    if let Some((file, bytes)) = made(job).filter(|_| is_mine) {
        card = card.file(&format!("Download, {}", in_words(bytes)), &format!("/files/{file}"));
        is_empty = false;
    }
    if job.failed + job.not_eligible > 0 {
        card = card.file("Failed and left out, as CSV", &format!("/jobs/{}/rows.csv", job.id));
        is_empty = false;
    }
    for (other, words) in [(job.reverted_by, "The job that set it back"), (job.reverts, "The job that it sets back")] {
        if let Some(other) = other {
            card = card.act(&Act::link(words, "arrow-right", format!("/jobs/{other}")));
            is_empty = false;
        }
    }
    if is_empty { card.remark("Nothing.") } else { card }
}

/// The file that it made, and its size in bytes.
fn made(job: &JobRow) -> Option<(&str, u64)> {
    // it is kept no longer
    let result = job.result.as_ref().filter(|_| job.ended_at.is_none_or(|at| job.now - at < FILES_KEPT))?;
    Some((result.get("file")?.as_str()?, result.get("bytes")?.as_u64()?))
}

/// Bytes in words.
fn in_words(bytes: u64) -> String {
    match bytes {
        bytes if bytes < 1_000 => format!("{bytes} B"),
        bytes if bytes < 1_000_000 => format!("{} kB", bytes / 1_000),
        bytes => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Does it.
///
/// # Errors
/// [`AppError::NotFound`] for another's job, and when the database says no; refusals are values.
pub async fn change(ctx: &Ctx, id: Uuid, change: &str) -> Result<Outcome, AppError> {
    let Some(change) = Change::ALL.into_iter().find(|known| known.code() == change) else {
        return Ok(Refusal::input("There is no such act on a job. Load the page again.").into());
    };
    let job = find(ctx, id).await?;
    if change.is_owners() && job.owner_id != Some(ctx.me.id) {
        return Ok(Refusal {
            status: 403,
            ..Refusal::input("Only who asked for a job can do that. Nothing was changed.")
        }
        .into());
    }
    let goes_on = matches!(change, Change::Run | Change::Resume | Change::Retry);
    if goes_on
        && is_destructive(&job)
        && let Err(refusal) = ctx.freshly_proved()
    {
        return Ok(refusal.into());
    }
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = sqlx::query_scalar!("SELECT state FROM jobs WHERE id = $1 FOR UPDATE", id)
                .fetch_optional(&mut *connection)
                .await?
                .ok_or(AppError::NotFound)?;
            let state = state_of(&now)?;
            // sent twice: it is as wanted
            if is_done_already(change, state) {
                return Ok(there(id, ""));
            }
            if !change.is_open(&job, state) {
                let (_, words) = state.badge();
                return Err(Refusal::conflict(format!(
                    "This job is {} by now, so that can’t be done. Nothing was changed: load the page again.",
                    words.to_lowercase()
                ))
                .into());
            }
            take_effect(connection, &job, state, change).await
        })
    })
    .await
}

fn there(id: Uuid, message: &str) -> Done {
    Done { to: format!("/jobs/{id}"), message: message.into(), reload: false }
}

const fn is_done_already(change: Change, state: State) -> bool {
    match change {
        Change::Run => matches!(state, State::Waiting | State::Running | State::Done),
        Change::Stop => matches!(state, State::Stopped),
        Change::Resume | Change::Retry => state.is_live(),
        Change::Discard | Change::Revert => false,
    }
}

async fn take_effect(connection: &mut PgConnection, job: &JobRow, state: State, change: Change) -> Result<Done, Stop> {
    let id = job.id;
    match change {
        Change::Run => {
            sqlx::query!("UPDATE jobs SET state = 'waiting', due_at = now() WHERE id = $1", id)
                .execute(connection)
                .await?;
            Ok(there(id, "It runs now, also when you leave this page."))
        }
        Change::Discard => {
            sqlx::query!("DELETE FROM jobs WHERE id = $1", id).execute(connection).await?;
            Ok(Done { to: "/jobs".into(), message: "Discarded. Nothing was changed.".into(), reload: false })
        }
        Change::Stop if state == State::Waiting => {
            sqlx::query!("UPDATE jobs SET state = 'stopped', ended_at = now() WHERE id = $1", id)
                .execute(connection)
                .await?;
            Ok(there(id, "Stopped."))
        }
        Change::Stop => {
            sqlx::query!("UPDATE jobs SET stop_asked = true WHERE id = $1", id).execute(connection).await?;
            Ok(there(id, "It stops after the row that it is at. What is done stays done."))
        }
        Change::Resume => {
            wait_again(connection, id, 0).await?;
            Ok(there(id, "It goes on where it ended."))
        }
        Change::Retry => {
            let rows = sqlx::query!(
                "UPDATE job_rows SET state = 'waiting', why = NULL, ended_at = NULL WHERE job_id = $1 AND state = 'failed'",
                id
            )
            .execute(&mut *connection)
            .await?
            .rows_affected();
            wait_again(connection, id, i32::try_from(rows).unwrap_or(i32::MAX)).await?;
            Ok(there(id, "The failed rows are tried again."))
        }
        Change::Revert => revert(connection, job).await,
    }
}

/// A job that was over waits for a runner, with so many of its failed rows.
async fn wait_again(connection: &mut PgConnection, id: Uuid, failed: i32) -> Result<(), Stop> {
    sqlx::query!(
        "UPDATE jobs SET state = 'waiting', failed = failed - $2, ended_at = NULL, due_at = now(), attempts = 0,
                deaths = 0, stop_asked = false, last_error = NULL WHERE id = $1",
        id,
        failed
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A preview of the job that sets this one back.
async fn revert(connection: &mut PgConnection, job: &JobRow) -> Result<Done, Stop> {
    let args = reversed(job).ok_or_else(|| Refusal::conflict("What this job did can’t be set back."))?;
    let rows: Vec<NewRow> = sqlx::query!(
        "SELECT subject, label FROM job_rows WHERE job_id = $1 AND state = 'done' AND undo IS NOT NULL ORDER BY n",
        job.id
    )
    .fetch_all(&mut *connection)
    .await?
    .into_iter()
    .map(|row| NewRow { subject: row.subject, label: row.label, why_not: None })
    .collect();
    if rows.is_empty() {
        return Err(Refusal::conflict("This job changed nothing that could be set back.").into());
    }
    let count = counts::of(i64::try_from(rows.len()).unwrap_or(i64::MAX), ("row", "rows"));
    let kind = kind::find(&job.kind).map_or("", |kind| kind.name);
    let new = New {
        kind,
        title: format!("Set back: {}", job.title),
        args,
        owner: job.owner_id,
        reverts: Some(job.id),
        is_preview: true,
        effects: vec![
            format!("{count} are set back to what they were."),
            "What was changed again since stays as it is, and is told row by row.".into(),
        ],
        rows,
        ..New::default()
    };
    let id = put(connection, new).await?.ok_or(AppError::Busy)?;
    Ok(there(id, ""))
}
