//! The job that erases a person, table by table as the map orders them: each in one transaction that also empties the history
//! of its rows. Between the tables and what the words to look for are read from (orders and the account, the last two) comes
//! the audit trail, month by month, for rows that were deleted long ago. Done twice, it does nothing.

use super::{
    again::{self, Kept},
    store,
};
use crate::{
    error::AppError,
    forms::Refusal,
    jobs::{
        kind::{Job, Step},
        queue::Forward,
        run::Run,
    },
    list::limits::set_time,
    server::db::{Actor, Stop},
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::collections::BTreeMap;
use time::Date;
use uuid::Uuid;

/// Longest time for one table or month.
const LONGEST: &str = "5min";
/// An erasure that was granted.
#[derive(Debug, Serialize, Deserialize)]
pub struct Erase {
    /// `erasures.id`.
    pub erasure: Uuid,
}

/// How far it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct At {
    /// The next part.
    next: usize,
    /// Rows of each table so far.
    counted: BTreeMap<String, i64>,
}

/// What is erased in one go: a table, or a month of the audit trail.
#[derive(Clone, Debug)]
struct Part {
    table: Option<String>,
    month: Option<Date>,
}

/// All of them in order; the trail before the tables at 90 and 91, orders and users.
async fn parts(db: &PgPool) -> sqlx::Result<Vec<Part>> {
    sqlx::query_as!(
        Part,
        r#"SELECT p.name AS table, p.month
           FROM (SELECT table_name::text AS name, NULL::date AS month, position FROM personal_tables WHERE fate IN ('deleted', 'blanked')
                 UNION ALL SELECT NULL, m, 89 FROM audit_months() m) p
           ORDER BY p.position, p.month"#
    )
    .fetch_all(db)
    .await
}

impl Job for Erase {
    const KIND: &'static str = "privacy.erase";
    const AT_ONCE: i32 = 1;

    fn is_destructive(&self) -> bool {
        true
    }

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let db = &run.state.db;
        let erasure = store::erasures(db, Some(self.erasure), 1).await?.pop().ok_or(AppError::NotFound)?;
        if erasure.state != "granted" && erasure.state != "done" {
            return Err(Refusal::conflict("Nobody granted this erasure. Nothing was erased.").into());
        }
        let mut at: At =
            run.place().map(|place| serde_json::from_value(place.clone())).transpose()?.unwrap_or_default();
        let Some(part) = parts(db).await?.into_iter().nth(at.next) else {
            return finish(run, &erasure, at).await;
        };
        // the system erases: what is shipped may be changed by it alone
        let actor = Actor { kind: "system", ..run.actor().because("Erasure of a person") };
        let person = erasure.user_id;
        run.write(actor, move |connection| {
            Box::pin(async move {
                set_time(&mut *connection, LONGEST).await?;
                let name = part.table.unwrap_or_else(|| "audit_log".into());
                let rows = match part.month {
                    Some(month) => {
                        sqlx::query_scalar!(r#"SELECT erase_audit_of($1, $2)::bigint AS "rows!""#, person, month)
                            .fetch_one(connection)
                            .await?
                    }
                    None => {
                        sqlx::query_scalar!(
                            r#"SELECT erase_personal_rows($1, $2::text::name) AS "rows!""#,
                            person,
                            name
                        )
                        .fetch_one(connection)
                        .await?
                    }
                };
                if rows > 0 {
                    *at.counted.entry(name).or_default() += rows;
                }
                at.next += 1;
                let place = Some(serde_json::to_value(&at)?);
                Ok(((), Forward { place, ..Forward::default() }))
            })
        })
        .await?;
        Ok(Step::More)
    }
}

/// Notes it outside of the database, so that a backup that is brought back doesn't bring the person back; then says it is done.
async fn finish(run: &mut Run, erasure: &store::Erasure, at: At) -> Result<Step, Stop> {
    let Some(kept) = Kept::of(&run.state.db, erasure.id).await? else { return Err(AppError::NotFound.into()) };
    again::keep(&run.state.storage, &kept).await?;
    let (id, now) = (erasure.id, run.state.clock.now());
    let counted = serde_json::to_value(&at.counted)?;
    run.write(Actor { kind: "system", ..run.actor() }, move |connection| {
        Box::pin(async move {
            sqlx::query!(
                "UPDATE erasures SET state = 'done', done_at = COALESCE(done_at, $2), counted = CASE WHEN state = 'done' THEN counted ELSE $3 END WHERE id = $1",
                id,
                now,
                counted
            )
            .execute(connection)
            .await?;
            Ok(((), Forward::default()))
        })
    })
    .await?;
    Ok(Step::Done)
}
