//! The pages of jobs, as data.

use super::{
    acts,
    model::{ROW_STATES, State},
    store::{self, JobRow, ListRow, RowRow},
    told,
};
use crate::{
    auth::{
        guard::{Ctx, missing},
        model::Right,
    },
    cards::Card,
    error::AppError,
    list::{counts, model::Query},
    record::Record,
    sheet::Act,
    stamp::Zone,
};
use uuid::Uuid;

/// Rows, or jobs, of a page.
const PAGE: i64 = 50;

/// A job that this person may see: an own one, or any with the right.
pub(super) async fn find(ctx: &Ctx, id: Uuid) -> Result<JobRow, AppError> {
    let job = store::job(&ctx.state.db, id).await?.ok_or_else(missing)?;
    let is_open = job.owner_id == Some(ctx.me.id) || ctx.me.may(Right::ManageJobs);
    if is_open { Ok(job) } else { Err(missing()) }
}

/// `/jobs/{id}`.
///
/// # Errors
/// [`AppError::NotFound`] for another's job, and when the database says no.
pub async fn job(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (path, query) = Query::of_address(address);
    let id: Uuid = path.rsplit('/').next().unwrap_or_default().parse().map_err(|_| missing())?;
    let job = find(ctx, id).await?;
    let state = state_of(&job.state)?;
    let wanted = ROW_STATES.iter().map(|(code, ..)| *code).find(|code| *code == query.get("rows"));
    let after = query.get("after").parse().unwrap_or(0);
    let rows = if job.total + job.not_eligible > 0 {
        store::rows(&ctx.state.db, id, wanted, after, PAGE + 1).await?
    } else {
        Vec::new()
    };
    let zone = ctx.zone();
    let mut cards = vec![told::progress(&job, state, &zone), acts::card(ctx, &job, state)];
    if !job.effects.is_empty() {
        let title = if state == State::Preview { "What will change" } else { "What it changes" };
        cards.push(Card::new("effects", title).points(&job.effects));
    }
    if job.total + job.not_eligible > 0 {
        cards.push(rows_card(&job, path, &query, rows, &zone));
    }
    let (class, words) = state.badge();
    Ok(Record {
        title: job.title.clone(),
        badge: (class.into(), words.into()),
        links: vec![("arrow-left".into(), "All jobs".into(), "/jobs".into())],
        cards,
        is_live: state.is_live(),
        ..Record::default()
    })
}

fn rows_card(job: &JobRow, path: &str, query: &Query, rows: Vec<RowRow>, zone: &Zone) -> Card {
    let left = job.total - job.done - job.failed;
    let mut card = Card::new("rows", "Row by row");
    let link = |label: &str, icon: &str, query: Query| Act::link(label, icon, query.address(path));
    let first = query.without(&["after"]);
    let all = counts::grouped(i64::from(job.total + job.not_eligible));
    let icon = |code: &str| if query.get("rows") == code { "check" } else { "filter" };
    card = card.act(&link(&format!("All {all}"), icon(""), first.without(&["rows"])));
    for (code, words, _) in ROW_STATES {
        let count = match code {
            "waiting" => left,
            "done" => job.done,
            "failed" => job.failed,
            _ => job.not_eligible,
        };
        if count > 0 {
            let words = if code == "waiting" && job.state == State::Preview.code() { "Ready" } else { words };
            let label = format!("{words} {}", counts::grouped(i64::from(count)));
            card = card.act(&link(&label, icon(code), first.with("rows", code)));
        }
    }
    card = card.gap();
    let most = usize::try_from(PAGE).unwrap_or_default();
    let is_more = rows.len() > most;
    let subjects = super::kind::find(&job.kind).map_or("", |kind| kind.subjects);
    let mut last = 0;
    for row in rows.into_iter().take(most) {
        let is_ready = job.state == State::Preview.code() && row.state == "waiting";
        let (words, class) = if is_ready {
            ("Ready", "badge info")
        } else {
            ROW_STATES
                .iter()
                .find(|(code, ..)| *code == row.state)
                .map_or(("", ""), |(_, words, class)| (*words, *class))
        };
        let to = if subjects.is_empty() { String::new() } else { format!("{subjects}{}", row.subject) };
        let end = row.ended_at.map(|at| zone.stamp(at).short).unwrap_or_default();
        card = card.row(&to, &row.label, (class, words), row.why.as_deref().unwrap_or_default(), &end);
        last = row.n;
    }
    if last == 0 {
        card = card.remark("There are none.");
    }
    if is_more || !query.get("after").is_empty() {
        card = card.gap();
    }
    if !query.get("after").is_empty() {
        card = card.act(&link("First rows", "chevron-left", first.clone()));
    }
    if is_more {
        card = card.act(&link("Next rows", "chevron-right", query.with("after", &last.to_string())));
    }
    card
}

/// `/jobs`.
///
/// # Errors
/// When the database says no.
pub async fn jobs(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (path, query) = Query::of_address(address);
    let sees_all = ctx.me.may(Right::ManageJobs) && query.get("whose") != "mine";
    let before = query.get("before").parse().ok();
    let owner = (!sees_all).then_some(ctx.me.id);
    let mut jobs = store::list(&ctx.state.db, owner, before, PAGE + 1).await?;
    let most = usize::try_from(PAGE).unwrap_or_default();
    let is_more = jobs.len() > most;
    jobs.truncate(most);
    let zone = ctx.zone();
    let states: Vec<State> = jobs.iter().map(|job| state_of(&job.state)).collect::<Result<_, _>>()?;
    let mut card = Card::new("jobs", if sees_all { "Everybody’s jobs" } else { "Your jobs" });
    if ctx.me.may(Right::ManageJobs) {
        let (label, to) = if sees_all { ("Only mine", "/jobs?whose=mine") } else { ("Everybody’s", "/jobs") };
        card = card.act(&Act::link(label, "filter", to.into()));
        card = card.gap();
    }
    for (job, state) in jobs.iter().zip(&states) {
        card = list_row(card, job, *state, sees_all, &zone);
    }
    if jobs.is_empty() {
        card = card.remark(
            "Long work appears here: choose orders in the list and change them together. It goes on when you leave the page.",
        );
    }
    if let Some(last) = jobs.last().filter(|_| is_more) {
        let to = query.with("before", &last.id.to_string()).address(path);
        card = card.gap().act(&Act::link("Older", "chevron-right", to));
    }
    Ok(Record {
        title: "Jobs".into(),
        cards: vec![card],
        is_live: states.iter().any(|state| state.is_live()),
        ..Record::default()
    })
}

fn list_row(card: Card, job: &ListRow, state: State, with_owner: bool, zone: &Zone) -> Card {
    let when = zone.stamp(job.created_at).short;
    let remark = match &job.owner {
        Some(owner) if with_owner => format!("{owner}, {when}"),
        None if with_owner => format!("The system, {when}"),
        _ => when,
    };
    let end = if job.total > 0 {
        let failed = if job.failed > 0 { format!(", {} failed", job.failed) } else { String::new() };
        format!("{} of {}{failed}", counts::grouped(i64::from(job.done)), counts::grouped(i64::from(job.total)))
    } else {
        String::new()
    };
    card.row(&format!("/jobs/{}", job.id), &job.title, state.badge(), &remark, &end)
}

pub(super) fn state_of(code: &str) -> Result<State, AppError> {
    State::parse(code).ok_or_else(|| sqlx::Error::Decode(format!("jobs.state is “{code}”").into()).into())
}
