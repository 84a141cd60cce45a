//! Which rows a bulk act is for, which of them can't, and what it changes.

use super::MOST;
use crate::{
    auth::{guard::Ctx, model::Me},
    error::AppError,
    forms::{Done, Outcome, Refusal},
    jobs::{
        kind::Job,
        queue::{New, NewRow, put},
    },
    list::{
        counts,
        limits::{is_timeout, set_time},
        listing::Listing,
        model::Query,
        tags::changed,
    },
    server::db::{Actor, Stop, act, describe},
};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, postgres::PgRow};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Longest time to look them up.
const LONGEST: &str = "20s";
/// Reasons why some can't that are told one by one.
const MOST_WHYS: usize = 6;

/// An act on many rows of a list.
pub trait Bulk: Job + Clone {
    /// The list.
    type List: Listing;
    /// A row as the preview needs it.
    type Candidate: Send + Sync + Unpin + for<'r> FromRow<'r, PgRow>;

    /// The statement of what fits, in the list's order, at most `most`.
    fn statement(ask: &Self::List, most: usize) -> QueryBuilder<Postgres>;

    /// A row, with why it can't be done to it as far as is known now.
    ///
    /// # Errors
    /// When the database holds a word that this version doesn't know.
    fn row(&self, me: &Me, candidate: &Self::Candidate) -> Result<NewRow, AppError>;

    /// What the job is called.
    fn title(&self) -> String;

    /// What running it changes, in sentences.
    fn effects(
        &self,
        connection: &mut PgConnection,
        able: &[&Self::Candidate],
    ) -> impl Future<Output = Result<Vec<String>, Stop>> + Send;
}

/// Fixes the rows, says what would change, and leads to the preview. `ids`: those that were checked; none: all that fit.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn preview<B: Bulk>(ctx: &Ctx, ids: Vec<Uuid>, query: &Query, bulk: B) -> Result<Outcome, AppError> {
    let (one, many) = B::List::NOUN;
    let asked = match B::List::read(ctx, &query.first_page()).await {
        Ok(asked) => asked,
        Err(AppError::BadRequest(why)) => return Ok(Refusal::input(format!("{why}. Nothing was changed.")).into()),
        Err(error) => return Err(error),
    };
    if let Some(problem) = asked.problem() {
        return Ok(Refusal::input(problem).into());
    }
    let Some(mut ask) = asked.looked_up(ctx).await? else {
        return Ok(Refusal::input(format!("No {one} fits this search. Nothing was changed.")).into());
    };
    *ask.ids() = ids;
    let me = ctx.me.clone();
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let candidates = candidates::<B>(connection, &ask).await?;
            if candidates.is_empty() {
                return Err(Refusal::input(format!("No {one} fits this search. Nothing was changed.")).into());
            }
            if candidates.len() > MOST {
                return Err(Refusal::input(format!(
                    "These are more than {} {many}. Narrow the filter, by a time or a status.",
                    counts::grouped(i64::try_from(MOST).unwrap_or(i64::MAX))
                ))
                .into());
            }
            let rows: Vec<NewRow> =
                candidates.iter().map(|candidate| bulk.row(&me, candidate)).collect::<Result<_, _>>()?;
            let able: Vec<&B::Candidate> =
                candidates.iter().zip(&rows).filter(|(_, row)| row.why_not.is_none()).map(|(one, _)| one).collect();
            if able.is_empty() {
                let whys = left_out::<B::List>(&rows).join(" ");
                return Err(Refusal::input(format!("It can be done to none of these {many}. {whys}")).into());
            }
            let mut effects = bulk.effects(connection, &able).await?;
            effects.extend(left_out::<B::List>(&rows));
            let new = New {
                kind: B::KIND,
                title: bulk.title(),
                args: serde_json::to_value(&bulk)?,
                owner: Some(me.id),
                is_preview: true,
                effects,
                rows,
                ..New::default()
            };
            let id = put(connection, new).await?.ok_or(AppError::Busy)?;
            Ok(Done { to: format!("/jobs/{id}"), message: String::new(), reload: false })
        })
    })
    .await
}

async fn candidates<B: Bulk>(connection: &mut PgConnection, ask: &B::List) -> Result<Vec<B::Candidate>, Stop> {
    set_time(connection, LONGEST).await?;
    let found = B::statement(ask, MOST + 1).build_query_as::<B::Candidate>().fetch_all(connection).await;
    found.map_err(|error| {
        if is_timeout(&error) {
            tracing::warn!(cause = %describe(&error), "the rows of a bulk act took too long to find");
            let many = B::List::NOUN.1;
            return Refusal::input(format!(
                "Finding these {many} takes too long. Narrow the filter, by a time or a status."
            ))
            .into();
        }
        error.into()
    })
}

/// A number of rows, in words.
#[must_use]
pub fn some<A: Listing>(count: usize) -> String {
    counts::of(i64::try_from(count).unwrap_or(i64::MAX), A::NOUN)
}

/// What a change of tags changes, in sentences; `count` is how many rows, in words.
#[must_use]
pub fn tag_effects(count: &str, add: &[String], remove: &[String]) -> Vec<String> {
    let quoted = |words: &[String]| words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ");
    let mut effects = Vec::new();
    if !add.is_empty() {
        effects.push(format!("{count} have {} then.", quoted(add)));
    }
    if !remove.is_empty() {
        effects.push(format!("{count} don't have {} any more.", quoted(remove)));
    }
    effects.push("It can be set back for a day.".into());
    effects
}

/// Why tags can't be changed so; nothing: they can.
#[must_use]
pub fn why_not_tags(now: &[String], add: &[String], remove: &[String]) -> Option<String> {
    match changed(now, add, remove) {
        None => Some("There would be too many tags.".into()),
        Some(after) => (after == now).then(|| "The tags are so already.".into()),
    }
}

/// Why some are left out, the most frequent reason first.
fn left_out<A: Listing>(rows: &[NewRow]) -> Vec<String> {
    let mut whys: BTreeMap<&str, usize> = BTreeMap::new();
    for why in rows.iter().filter_map(|row| row.why_not.as_deref()) {
        *whys.entry(why).or_default() += 1;
    }
    let mut whys: Vec<_> = whys.into_iter().collect();
    whys.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rest: usize = whys.iter().skip(MOST_WHYS).map(|(_, count)| count).sum();
    let mut told: Vec<String> =
        whys.into_iter().take(MOST_WHYS).map(|(why, count)| format!("{} left out: {why}", some::<A>(count))).collect();
    if rest > 0 {
        told.push(format!("{} left out for other reasons.", some::<A>(rest)));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::list::store::Ask;

    #[test]
    fn reasons_are_counted() {
        let row =
            |why: Option<&str>| NewRow { subject: Uuid::nil(), label: String::new(), why_not: why.map(str::to_owned) };
        let rows = [row(Some("a")), row(None), row(Some("b")), row(Some("b"))];
        assert_eq!(left_out::<Ask>(&rows), ["2 orders left out: b", "1 order left out: a"]);
    }
}
