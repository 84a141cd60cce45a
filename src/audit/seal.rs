//! How far the trail is sealed, what the checks of the seal found, and the head to keep elsewhere.

use super::{api::CheckAudit, check::Verify, record};
use crate::{
    auth::{
        guard::{Ctx, status_of},
        model::Right,
    },
    cards::Card,
    error::AppError,
    jobs::kind::Job,
    list::counts,
    record::Record,
    server::{refused::forbidden, state::AppState},
    stamp::Zone,
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use server_fn::ServerFn;
use sqlx::{FromRow, PgPool, QueryBuilder};
use time::{Duration, OffsetDateTime};

/// Its page.
pub const PATH: &str = "/audit/seal";
/// Its head as a file.
pub const HEAD: &str = "/audit/head";
/// Checks that are listed.
const CHECKS: i64 = 20;
/// One comes every night: without one for so long something is wrong.
const OVERDUE: Duration = Duration::hours(36);
/// Findings that the list of the trail names.
const NAMED: usize = 3;

/// The last seal.
#[derive(Clone, Debug, Default, FromRow)]
pub struct Seal {
    number: i64,
    digest: String,
    up_to: String,
    last_id: i64,
    /// Seconds since the oldest entry that isn't sealed.
    unsealed: Option<i64>,
}

impl Seal {
    /// `12:9f86…`, as `techally verify-audit --expect` reads it.
    #[must_use]
    pub fn head(&self) -> String {
        format!("{}:{}", self.number, self.digest)
    }

    /// For people.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.unsealed {
            None => "Every entry is sealed.".to_owned(),
            Some(seconds) if self.number == 0 => {
                format!("Nothing is sealed yet, and the oldest entry is {seconds} s old.")
            }
            Some(seconds) => format!("Sealed but for the last {seconds} s."),
        }
    }

    /// Whether it covers an entry of this transaction.
    #[must_use]
    pub fn covers(&self, transaction: &str, id: i64) -> bool {
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        self.number > 0 && (number(transaction), id) <= (number(&self.up_to), self.last_id)
    }
}

/// The state of now.
///
/// # Errors
/// When the database says no.
pub async fn state(db: &PgPool) -> sqlx::Result<Seal> {
    let mut sql = QueryBuilder::new(
        "SELECT COALESCE(s.number, 0) AS number, COALESCE(encode(s.digest, 'hex'), '') AS digest, \
         COALESCE(s.up_to::text, '0') AS up_to, COALESCE(s.last_id, 0) AS last_id, \
         extract(epoch FROM audit_unsealed_age())::bigint AS unsealed \
         FROM (SELECT 1) one LEFT JOIN (SELECT number, digest, up_to, last_id FROM audit_seals ORDER BY number DESC LIMIT 1) s ON true",
    );
    sql.build_query_as().fetch_one(db).await
}

/// A check.
#[derive(Clone, Debug)]
pub struct Checked {
    started_at: OffsetDateTime,
    ended_at: OffsetDateTime,
    head: Option<String>,
    rows_sealed: i64,
    rows_unsealed: i64,
    found: i64,
    findings: Vec<String>,
}

impl Checked {
    fn entries(&self) -> String {
        counts::of(self.rows_sealed + self.rows_unsealed, ("entry", "entries"))
    }

    /// Class and words of its badge.
    fn badge(&self) -> (&'static str, String) {
        match self.found {
            0 => ("badge good", "As written".into()),
            found => ("badge bad", counts::of(found, ("finding", "findings"))),
        }
    }

    /// For the list of the trail.
    fn in_words(&self, zone: &Zone) -> String {
        let at = zone.stamp(self.ended_at).long;
        match self.found {
            0 => format!("Checked on {at}: {}, all as they were written.", self.entries()),
            found => {
                let things = counts::of(found, ("thing is", "things are"));
                format!("The check of {at} found that {things} not as written.")
            }
        }
    }
}

/// The last checks, newest first.
async fn checks(db: &PgPool, most: i64) -> sqlx::Result<Vec<Checked>> {
    sqlx::query_as!(
        Checked,
        "SELECT started_at, ended_at, head, rows_sealed, rows_unsealed, found, findings FROM audit_checks
         ORDER BY ended_at DESC, id DESC LIMIT $1",
        most
    )
    .fetch_all(db)
    .await
}

/// What the last check said, for the list of the trail: words, and what it found with where that leads.
///
/// # Errors
/// When the database says no.
pub async fn last_check(ctx: &Ctx) -> sqlx::Result<(String, Vec<(String, String)>)> {
    let checks = checks(&ctx.state.db, 1).await?;
    let Some(last) = checks.first() else {
        return Ok(("It was not checked yet; a check comes every night.".into(), Vec::new()));
    };
    let words = last.in_words(&ctx.zone());
    if last.found == 0 {
        return Ok((words, Vec::new()));
    }
    let mut alarm = vec![(words.clone(), PATH.to_owned())];
    alarm.extend(last.findings.iter().take(NAMED).map(|finding| (finding.clone(), record_of(finding))));
    Ok((words, alarm))
}

/// Where the record is that a finding is about; empty: it is about none.
fn record_of(finding: &str) -> String {
    let row = finding.split_once(", ").map_or("", |(_, rest)| rest.split(" (").next().unwrap_or_default());
    row.split_once('/').map(|(table_name, row)| record::address(table_name, row, None)).unwrap_or_default()
}

/// `/audit/seal`.
///
/// # Errors
/// When the database says no.
pub async fn page(ctx: &Ctx) -> Result<Record, AppError> {
    let db = &ctx.state.db;
    let (seal, checks, runs) = tokio::try_join!(state(db), checks(db, CHECKS), running(db))?;
    let zone = ctx.zone();
    let last = checks.first();
    let badge = match last {
        Some(last) => last.badge(),
        None => ("badge wait", "Never checked".into()),
    };
    let earlier = checks.iter().skip(1).fold(Card::new("earlier", "Earlier checks"), |card, check| {
        let (class, words) = check.badge();
        card.row("", &zone.stamp(check.ended_at).long, (class, &words), &check.entries(), "")
    });
    let earlier = if checks.len() < 2 { earlier.remark("None.") } else { earlier };
    Ok(Record {
        title: "Seal of the audit trail".into(),
        badge: (badge.0.into(), badge.1),
        links: vec![("arrow-left".into(), "Back to the trail".into(), "/audit".into())],
        is_live: runs.is_some(),
        cards: vec![
            last_card(last, runs, &zone, ctx.state.clock.now()),
            head_card(&seal),
            findings(last).wide(),
            earlier.wide(),
        ],
        ..Record::default()
    })
}

/// How many entries a check has looked at that waits or runs; nothing when none does.
async fn running(db: &PgPool) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        r#"SELECT COALESCE((place ->> 'rows')::bigint, 0) AS "rows!" FROM jobs
           WHERE kind = $1 AND state IN ('waiting', 'running') ORDER BY id DESC LIMIT 1"#,
        Verify::KIND
    )
    .fetch_optional(db)
    .await
}

fn last_card(last: Option<&Checked>, runs: Option<i64>, zone: &Zone, now: OffsetDateTime) -> Card {
    let card = Card::new("check", "Last check");
    let card = match last {
        None => card.remark("There was none yet. One comes every night."),
        Some(last) => {
            let card = card
                .time("Begun", &zone.stamp(last.started_at))
                .time("Ended", &zone.stamp(last.ended_at))
                .fact("Sealed entries", &counts::grouped(last.rows_sealed))
                .fact("Not sealed yet", &counts::grouped(last.rows_unsealed))
                .fact("Found", &if last.found == 0 { "Nothing".into() } else { counts::grouped(last.found) });
            let card = last.head.iter().fold(card, |card, head| card.code("Head then", head, ""));
            if now - last.ended_at > OVERDUE {
                card.remark("One should have come every night since. See whether the worker runs: the page of jobs says why one failed.")
            } else {
                card
            }
        }
    };
    match runs {
        Some(rows) => card.gap().remark(&format!("A check runs: {} so far.", counts::of(rows, ("entry", "entries")))),
        None => card.gap().button(("primary", "shield-check", "Check now"), CheckAudit::PATH, "check", ("seal", "now")),
    }
}

fn findings(last: Option<&Checked>) -> Card {
    let card = Card::new("findings", "What it found");
    let Some(last) = last.filter(|last| last.found > 0) else {
        let words =
            if last.is_some() { "Nothing: every entry is as it was written." } else { "Nothing was checked yet." };
        return card.remark(words);
    };
    let card = card.remark(
        "Somebody changed the trail itself, past its guards. Keep the database as it is, note who could have been its superuser then, \
         and compare with a backup.",
    );
    let card = last.findings.iter().fold(card, |card, finding| {
        let what = finding.split(':').next().unwrap_or_default();
        card.row(&record_of(finding), finding, ("badge bad", what), "", "")
    });
    let named = i64::try_from(last.findings.len()).unwrap_or_default();
    if last.found > named { card.remark(&format!("And {} more.", counts::grouped(last.found - named))) } else { card }
}

fn head_card(seal: &Seal) -> Card {
    let card = Card::new("seal", "Seal").remark(&seal.in_words());
    if seal.number == 0 {
        return card;
    }
    card.code("Head", &seal.head(), "")
        .gap()
        .remark("Keep the head where nobody is who can write to the database: techally verify-audit --expect takes it.")
        .file("Head as a file", HEAD)
}

/// `GET /audit/head`: the head as a file, to be kept where nobody who can write to the database can.
pub async fn head(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(ctx) = Ctx::of(state, &parts) else { return StatusCode::UNAUTHORIZED.into_response() };
    if !ctx.me.may(Right::ReadAudit) {
        return forbidden(&parts.extensions, Right::ReadAudit);
    }
    let seal = match self::state(&ctx.state.db).await {
        Ok(seal) if seal.number > 0 => seal,
        Ok(_) => return (StatusCode::NOT_FOUND, "Nothing is sealed yet.\n").into_response(),
        Err(error) => return status_of(&error.into()).into_response(),
    };
    let name = format!("attachment; filename=\"audit-head-{}.txt\"", ctx.zone().day_of(ctx.state.clock.now()));
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, format!("{}\n", seal.head())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::verify_audit::Finding;

    #[test]
    fn a_seal_covers_what_stands_before_its_last_row() {
        let seal = Seal { number: 3, up_to: "900".into(), last_id: 7, ..Seal::default() };
        assert!(seal.covers("900", 7) && seal.covers("99", 70) && !seal.covers("900", 8) && !seal.covers("1000", 1));
        assert!(!Seal::default().covers("0", 0));
    }

    #[test]
    fn what_was_found_leads_to_its_record() {
        let row = || "order_items/a/b".to_owned();
        let to = "/audit/record?table=order_items&row=a%2Fb";
        assert_eq!(record_of(&Finding::Changed { id: 7, row: row() }.to_string()), to);
        assert_eq!(record_of(&Finding::Deleted { id: 7, row: row(), seal: 3 }.to_string()), to);
        assert_eq!(record_of(&Finding::Inserted { id: 7, row: row(), seal: 3 }.to_string()), to);
        assert_eq!(record_of(&Finding::SealMissing { number: 3 }.to_string()), "");
        assert_eq!(record_of(&Finding::Seal { number: 3 }.to_string()), "");
    }
}
