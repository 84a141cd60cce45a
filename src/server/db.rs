//! Pools and transactions.
//!
//! [`act`] is the only way to write: one transaction in a task of its own, so that a closed tab can't cut
//! it in two, with the actor, request and reason set for the audit triggers.

use crate::{
    auth::guard::{Ctx, request_id},
    error::AppError,
    forms::{Done, Outcome, Refusal},
};
use http::request::Parts;
use leptos::prelude::use_context;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Row, Transaction,
    error::DatabaseError,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{borrow::Cow, fmt, pin::Pin, time::Duration};
use tracing::Instrument;

/// Opens the pool that serves requests. `ready` connections are made at once and kept: making one takes some eight round
/// trips, each of which waits its turn on a busy machine, so that under load it can take longer than a request waits.
/// The others are made when needed. A request waits at most `wait` for one.
///
/// # Errors
/// When the address can't be read.
pub fn pool(url: &SecretString, connections: u32, ready: u32, wait: Duration) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    let options = options.application_name("techally").options([
        ("statement_timeout", "10s"),
        // compiling a statement takes longer than any page may
        ("jit", "off"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(ready)
        .acquire_timeout(wait)
        // the first statement of a kind on a connection takes ten times as long as the next: it is planned, and what that
        // needs to know of each month is read
        .max_lifetime(Duration::from_hours(1))
        .test_before_acquire(false)
        // on its way back, not on its way out: there no request waits for it, and none that is cut off can take it along
        .after_release(|connection, _| Box::pin(mended(connection)))
        // what lay idle for a while may have been overtaken by a failover
        .before_acquire(|connection, seen| {
            Box::pin(async move { if seen.idle_for < LAIN { Ok(true) } else { mended(connection).await } })
        })
        .connect_lazy_with(options))
}

/// A connection that served more recently needs no second look.
const LAIN: Duration = Duration::from_secs(1);

/// Whether a connection may serve on. sqlx 0.9.0 takes one back that is still inside a transaction when its BEGIN was cut off,
/// as by a closed tab (traps.md, 1); inside one, `now()` stands still. It is rolled back and kept. A primary that was demoted
/// is evicted; the pool makes another beside the requests, in no hurry. A request that had to make one itself wouldn't get it
/// done in the time that it waits, on a busy machine, nor would the next: it is thrown away with the request.
async fn mended(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let seen =
        sqlx::raw_sql("SELECT now() = statement_timestamp(), pg_is_in_recovery()").fetch_one(&mut *connection).await;
    let is_outside = match seen {
        Ok(row) if row.try_get(1)? => return Ok(false),
        Ok(row) => row.try_get(0)?,
        Err(error) if code(&error).as_deref() == Some("25P02") => false,
        Err(_) => return Ok(false),
    };
    if !is_outside {
        sqlx::raw_sql("ROLLBACK").execute(connection).await?;
    }
    Ok(true)
}

/// A transaction to read in, with settings that hold as long as it does: begun and set in one round trip.
///
/// # Errors
/// When the database says no.
pub async fn reading(
    db: &PgPool,
    settings: &[(&'static str, &'static str)],
) -> sqlx::Result<Transaction<'static, Postgres>> {
    let settings: Vec<String> =
        settings.iter().map(|(name, value)| format!("; SET LOCAL {name} = '{value}'")).collect();
    // words of this program, nobody's input
    let begin = AssertSqlSafe(format!("BEGIN READ ONLY{}", settings.concat()));
    Box::pin(db.begin_with(begin)).await
}

/// A setting of [`reading`]: statements are carried out by a plan that is made once a connection and fits any values.
///
/// For statements over months that the planner can't leave out: to plan for 43 of them takes up to forty times as long as
/// to look into their indexes, and PostgreSQL does it at every call as long as it takes the plan for certain values for
/// cheaper. Not for values that are rare here and common there (a state, a country). New statistics make a kept plan anew:
/// one that was made for a month that was empty doesn't stay long when it fills.
pub const KEPT_PLANS: (&str, &str) = ("plan_cache_mode", "force_generic_plan");

/// Who writes, for the audit trail.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// `users.id` of the person, if one acts.
    pub user_id: Option<uuid::Uuid>,
    /// `staff`, `customer` or `system`.
    pub kind: &'static str,
    /// The request, or the name of the job.
    pub request_id: String,
    /// Why, in the actor's words.
    pub reason: String,
}

impl Actor {
    /// The person of a request.
    #[must_use]
    pub fn of(ctx: &Ctx) -> Self {
        Self { user_id: Some(ctx.me.id), kind: "staff", request_id: ctx.request_id.clone(), reason: String::new() }
    }

    /// A person who isn't signed in yet, or whose session this request doesn't have.
    #[must_use]
    pub fn person(user_id: uuid::Uuid, parts: &Parts) -> Self {
        Self { user_id: Some(user_id), kind: "staff", request_id: request_id(parts), reason: String::new() }
    }

    /// The system itself: `work` is the name of what it does, `worker:holds` or `job:…`.
    #[must_use]
    pub fn system(work: &str, reason: &str) -> Self {
        Self { user_id: None, kind: "system", request_id: work.to_owned(), reason: reason.to_owned() }
    }

    /// With a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
}

/// Why a transaction was rolled back.
pub enum Stop {
    /// Expected: the person is told and keeps their input.
    Refused(Refusal),
    /// Ends the request.
    Failed(AppError),
    /// The database said no.
    Database(sqlx::Error),
    /// The job's lease is over or somebody else's; see [`crate::jobs`].
    Lost,
    /// Who asked for the job may no longer sign in.
    Gone,
}

impl fmt::Debug for Stop {
    /// Safe to log: no word of the row or of what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused with {}", refusal.status),
            Self::Failed(error) => write!(f, "failed with {}", error.status()),
            Self::Database(error) => f.write_str(&describe(error)),
            Self::Lost => f.write_str("the job's lease is lost"),
            Self::Gone => f.write_str("who asked for the job is gone"),
        }
    }
}

/// What a database error is about, safe to log: messages of some classes quote values, details quote whole rows.
#[must_use]
pub fn describe(error: &sqlx::Error) -> String {
    let Some(database) = error.as_database_error() else { return error.to_string() };
    let code = database.code().unwrap_or_default();
    let place = [database.table(), database.constraint()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    // 22…: data that can't be read, which is quoted
    let message = if code.starts_with("22") { "bad value" } else { database.message() };
    format!("{code} {place} {message}")
}

/// The SQLSTATE of an error of the database.
#[must_use]
pub fn code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(DatabaseError::code)
}

/// What is told when somebody else holds the rows just now: it passes.
pub const BUSY: &str = "A colleague is changing the same rows just now. Nothing was changed: try again in a moment.";

/// Whether the database had no room or no time, or is on its way down or up: nobody's mistake, and worth another try.
pub fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            // connection lost, out of resources, cancelled by time-out, lock not had in time, shutting down or starting
            code.starts_with("08")
                || code.starts_with("53")
                || ["57014", "55P03", "57P01", "57P02", "57P03"].contains(&code.as_ref())
        }),
        _ => false,
    }
}

/// Whether somebody else held a lock for too long: what was rolled back can be tried again.
#[must_use]
pub fn gave_way(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("55P03" | "40P01"))
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// What a JSON column holds can't be read, or what it should hold can't be written.
impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        Self::Database(sqlx::Error::Decode(error.into()))
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        match refusal_of(&error) {
            Some(refusal) => Self::Refused(refusal),
            None => Self::Database(error),
        }
    }
}

/// What the database's own guards refuse, in words for people.
fn refusal_of(error: &sqlx::Error) -> Option<Refusal> {
    let database = error.as_database_error()?;
    match database.code()?.as_ref() {
        "TA001" => {
            let sku = database
                .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
                .and_then(|e| e.detail())
                .unwrap_or("one of the items")
                .to_owned();
            Some(Refusal::conflict(format!(
                "There is not enough free stock of {sku}. Nothing was changed: add stock or take the line out first."
            )))
        }
        "TA002" => Some(Refusal::conflict(
            "This order can't take that step any more. Nothing was changed: reload the page to see where it stands.",
        )),
        "TA004" => Some(Refusal::conflict(
            "The stock of this order is no longer reserved. Nothing was changed: check its reservations first.",
        )),
        "TA005" => Some(Refusal::conflict(
            "This order's month is being moved to the archive. Nothing was changed: ask an administrator to restore the month first.",
        )),
        "TA006" => Some(Refusal::conflict(
            "This is the last super admin who can sign in. Nothing was changed: make somebody else a super admin first.",
        )),
        "TA007" => Some(Refusal {
            status: 403,
            ..Refusal::input("A super admin gives roles, and nobody changes their own. Nothing was changed.")
        }),
        "TA009" => Some(Refusal::conflict(
            "This customer's account was merged into another one meanwhile. Nothing was ordered: send it again, for the other account.",
        )),
        "TA010" => Some(Refusal::conflict(
            "This person is erased, for good. Nothing was changed: an account that was erased can't be brought back.",
        )),
        "40001" | "40P01" | "55P03" => Some(Refusal::conflict(BUSY)),
        // migrate and the worker make months ahead; an order or a log entry of another month has no place
        "23514" if database.message().starts_with("no partition of relation") => {
            tracing::error!(error = database.message(), "a month has no partitions: run `techally migrate`");
            Some(Refusal::conflict(
                "The database has no room for this month yet. Nothing was changed: ask an administrator to run “techally migrate”.",
            ))
        }
        // characters that PostgreSQL can't store
        "22021" | "22P05" => {
            Some(Refusal::input("The text has characters that can't be stored. Remove them and try again."))
        }
        _ => None,
    }
}

impl From<sqlx::Error> for AppError {
    /// Logs the cause under the request's id; the person sees the id only.
    fn from(error: sqlx::Error) -> Self {
        let request_id = use_context::<Parts>().map_or_else(|| "none".into(), |parts| request_id(&parts));
        if is_passing(&error) {
            tracing::warn!(request_id, cause = %describe(&error), "the database is busy");
            return Self::Busy;
        }
        tracing::error!(request_id, cause = %describe(&error), "database error");
        Self::Unexpected { request_id }
    }
}

/// The future of a transaction's work, borrowing its connection.
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'c>>;

/// Runs `work` in one transaction of its own task and commits; any error rolls back.
///
/// # Errors
/// What `work` stopped with, or the database.
pub async fn transact<T, F>(db: &PgPool, actor: Actor, work: F) -> Result<T, Stop>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T> + Send + 'static,
{
    let db = db.clone();
    let span = tracing::info_span!("transaction", actor = actor.kind);
    let work = async move {
        let mut transaction = db.begin().await?;
        name_actor(&mut transaction, &actor).await?;
        let value = work(&mut transaction).await?;
        transaction.commit().await?;
        Ok(value)
    };
    match tokio::spawn(work.instrument(span)).await {
        Ok(result) => result,
        Err(error) => {
            tracing::error!(%error, "a transaction's task ended early");
            Err(Stop::Failed(AppError::Unexpected { request_id: "none".into() }))
        }
    }
}

/// [`transact`] for a person's act: a refusal becomes an outcome.
///
/// # Errors
/// What ends the request.
pub async fn act<F>(ctx: &Ctx, actor: Actor, work: F) -> Result<Outcome, AppError>
where
    F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, Done> + Send + 'static,
{
    match transact(&ctx.state.db, actor, work).await {
        Ok(done) => Ok(Outcome::Done(done)),
        Err(Stop::Refused(refusal)) => Ok(Outcome::Refused(refusal)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Database(error)) => Err(error.into()),
        Err(Stop::Lost | Stop::Gone) => Err(AppError::Busy),
    }
}

async fn name_actor(transaction: &mut Transaction<'_, Postgres>, actor: &Actor) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"SELECT set_config('app.current_user_id', $1, true) AS a, set_config('app.actor_kind', $2, true) AS b,
                  set_config('app.request_id', $3, true) AS c, set_config('app.reason', $4, true) AS d"#,
        actor.user_id.map(|id| id.to_string()).unwrap_or_default(),
        actor.kind,
        actor.request_id,
        actor.reason,
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(())
}
