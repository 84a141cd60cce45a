//! The check of the seal as a job: every night, and when somebody asks for it. What it finds is kept in `audit_checks`.

use crate::{
    auth::{
        guard::Ctx,
        model::{Right, Role},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    jobs::{
        kind::{Job, Step},
        queue::{Forward, New, put},
        run::Run,
    },
    server::{
        db::{Actor, Stop, act},
        verify_audit::{Check, Head},
    },
};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};

/// Findings that are kept in words, as the table has it; how many there were is kept besides.
const MOST_FINDINGS: usize = 100;

/// The kind; it needs to know nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verify {}

/// How far it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct At {
    check: Check,
    /// The head of the last check that found nothing: a chain that was rewritten since from its middle on isn't one with it.
    kept: Option<Head>,
    findings: Vec<String>,
    /// Entries so far; the job's page shows it.
    rows: i64,
}

impl Job for Verify {
    const KIND: &'static str = "audit.verify";
    const AT_ONCE: i32 = 1;
    const EVERY: &'static str = "41 3 * * *";

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let mut at = match run.place() {
            Some(place) => serde_json::from_value(place.clone())?,
            None => At { kept: kept(&run.state.db).await?, ..At::default() },
        };
        let mut found = Vec::new();
        let mut connection = run.state.db.acquire().await?;
        let kept = at.kept.clone();
        let tell = |finding: &_| {
            if found.len() < MOST_FINDINGS {
                found.push(ToString::to_string(finding));
            }
        };
        let is_more = Box::pin(at.check.step(&mut connection, kept.as_ref(), tell)).await?;
        // one is held at a time
        drop(connection);
        at.findings.extend(found);
        at.findings.truncate(MOST_FINDINGS);
        at.rows = at.check.report.rows + at.check.report.unsealed;
        if !at.findings.is_empty() && !is_more {
            tracing::error!(
                found = at.check.report.findings,
                first = at.findings.first(),
                "the audit trail was tampered with"
            );
        }
        let job = run.taken.id;
        run.write(run.actor(), move |connection| {
            Box::pin(async move {
                let place = serde_json::to_value(&at)?;
                if !is_more {
                    let report = &at.check.report;
                    // a runner that was lost right here has written it
                    sqlx::query!(
                        "INSERT INTO audit_checks (id, started_at, head, rows_sealed, rows_unsealed, found, findings)
                         SELECT j.id, j.started_at, $2, $3, $4, $5, $6 FROM jobs j WHERE j.id = $1
                         ON CONFLICT (id) DO NOTHING",
                        job,
                        report.head.as_ref().map(ToString::to_string),
                        report.rows,
                        report.unsealed,
                        report.findings,
                        &at.findings
                    )
                    .execute(&mut *connection)
                    .await?;
                    if report.findings > 0 {
                        alarm(connection).await?;
                    }
                }
                Ok(((), Forward { place: Some(place), ..Forward::default() }))
            })
        })
        .await?;
        Ok(if is_more { Step::More } else { Step::Done })
    }
}

/// Tells whoever may read the trail that it isn't as it was written; once, until they have read it.
async fn alarm(connection: &mut PgConnection) -> sqlx::Result<()> {
    let readers: Vec<&str> = Right::ReadAudit.holders().iter().copied().map(Role::code).collect();
    sqlx::query!(
        "INSERT INTO inbox_items (user_id, kind)
         SELECT u.id, 'seal' FROM users u
         WHERE u.role = ANY ($1::text[]) AND u.status = 'active' AND u.deleted_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM inbox_items i WHERE i.user_id = u.id AND i.kind = 'seal' AND i.read_at IS NULL)",
        &readers as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The head of the last check that found nothing.
async fn kept(db: &PgPool) -> sqlx::Result<Option<Head>> {
    let head = sqlx::query_scalar!(
        r#"SELECT head AS "head!" FROM audit_checks WHERE found = 0 AND head IS NOT NULL ORDER BY id DESC LIMIT 1"#
    )
    .fetch_optional(db)
    .await?;
    Ok(head.and_then(|head| head.parse().ok()))
}

/// Puts a check in.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn ask(ctx: &Ctx, change: &str) -> Result<Outcome, AppError> {
    if change != "check" {
        return Ok(Refusal::input("There is no such act on the seal. Load the page again.").into());
    }
    let owner = ctx.me.id;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let new = New {
                kind: Verify::KIND,
                title: "Check of the seal".into(),
                args: serde_json::json!({}),
                only_one: Some(Verify::KIND.to_owned()),
                owner: Some(owner),
                ..New::default()
            };
            let message = match put(connection, new).await? {
                Some(_) => "The check runs, also when you leave this page.",
                None => "A check runs already: its result comes here.",
            };
            Ok(Done { to: super::seal::PATH.into(), message: message.into(), reload: false })
        })
    })
    .await
}
