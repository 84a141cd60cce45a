//! Which orders a bulk act is for, which of them can't, and what it changes.

use super::Bulk;
use crate::{
    auth::{guard::Ctx, model::Role},
    error::AppError,
    forms::{Done, Outcome, Refusal},
    jobs::{
        kind::Job,
        queue::{New, NewRow, put},
    },
    list::{counts, model::Query},
    money::Money,
    orders::{
        list::{
            service::{looked_up, read},
            statements::bulk_statement,
            store::{Ask, is_timeout, set_time},
        },
        model::Status,
        service::status_of,
        tags,
    },
    server::db::{Actor, Stop, act, describe},
};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most orders of one bulk act.
pub const MOST: usize = 50_000;
/// Longest time to look them up.
const LONGEST: &str = "20s";
/// Reasons why some can't that are told one by one.
const MOST_WHYS: usize = 6;

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Those that were checked; none: all that fit the filter.
    pub ids: Vec<Uuid>,
    /// The filter, as an address of the list has it.
    pub query: Query,
}

/// An order as a preview needs it.
#[derive(Clone, Debug, FromRow)]
struct Candidate {
    id: Uuid,
    order_number: String,
    status: String,
    grand_total: Decimal,
    paid_total: Decimal,
    refunded_total: Decimal,
    currency: String,
    tags: Vec<String>,
    assigned_to: Option<Uuid>,
}

/// Fixes the orders, says what would change, and leads to the preview.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn preview(ctx: &Ctx, chosen: &Chosen, bulk: Bulk) -> Result<Outcome, AppError> {
    let asked = match read(ctx, &chosen.query.first_page()).await {
        Ok(asked) => asked,
        Err(AppError::BadRequest(why)) => return Ok(Refusal::input(format!("{why}. Nothing was changed.")).into()),
        Err(error) => return Err(error),
    };
    if let Some(problem) = asked.problem() {
        return Ok(Refusal::input(problem).into());
    }
    let Some(mut filter) = looked_up(ctx, &asked).await? else {
        return Ok(Refusal::input("No order fits this search. Nothing was changed.").into());
    };
    filter.ids.clone_from(&chosen.ids);
    let ask = Ask { filter, ..asked.ask };
    let own = ctx.clone();
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let candidates = candidates(connection, &ask).await?;
            if candidates.is_empty() {
                return Err(Refusal::input("No order fits this search. Nothing was changed.").into());
            }
            if candidates.len() > MOST {
                return Err(Refusal::input(format!(
                    "These are more than {} orders. Narrow the filter, by a time or a status.",
                    counts::grouped(i64::try_from(MOST).unwrap_or(i64::MAX))
                ))
                .into());
            }
            let rows = rows(&bulk, own.me.role, &candidates)?;
            let able: Vec<&Candidate> =
                candidates.iter().zip(&rows).filter(|(_, row)| row.why_not.is_none()).map(|(order, _)| order).collect();
            if able.is_empty() {
                return Err(none_of_them(&rows).into());
            }
            let mut effects = effects(connection, &bulk, &able).await?;
            effects.extend(left_out(&rows));
            let new = New {
                kind: Bulk::KIND,
                title: title(&bulk),
                args: serde_json::to_value(&bulk).map_err(|error| sqlx::Error::Encode(error.into()))?,
                owner: Some(own.me.id),
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

async fn candidates(connection: &mut PgConnection, ask: &Ask) -> Result<Vec<Candidate>, Stop> {
    set_time(connection, LONGEST, false).await?;
    let found = bulk_statement(ask, MOST + 1).build_query_as::<Candidate>().fetch_all(connection).await;
    found.map_err(|error| {
        if is_timeout(&error) {
            tracing::warn!(cause = %describe(&error), "the orders of a bulk act took too long to find");
            return Refusal::input("Finding these orders takes too long. Narrow the filter, by a time or a status.")
                .into();
        }
        error.into()
    })
}

fn rows(bulk: &Bulk, role: Role, candidates: &[Candidate]) -> Result<Vec<NewRow>, AppError> {
    candidates
        .iter()
        .map(|order| {
            let status = status_of(&order.status)?;
            let why_not = why_not(bulk, role, status, order);
            Ok(NewRow { subject: order.id, label: order.order_number.clone(), why_not })
        })
        .collect()
}

/// Why it can't be done to an order; nothing: it can, as far as is known now.
fn why_not(bulk: &Bulk, role: Role, status: Status, order: &Candidate) -> Option<String> {
    match bulk {
        Bulk::Move { to, .. } => {
            let Some(step) = status.move_to(*to) else {
                return Some(format!("It is {}; only {} orders become {}.", status.word(), before(*to), to.word()));
            };
            if !step.allows(role) {
                return Some(format!("From {} that is for these roles: {}.", status.word(), step.who()));
            }
            (*to == Status::Confirmed && order.paid_total < order.grand_total)
                .then(|| "It isn't paid in full: confirm it by itself, with the transfer's reference.".into())
        }
        Bulk::Note { .. } | Bulk::Revert { .. } => None,
        Bulk::Tags { add, remove } => match tags::changed(&order.tags, add, remove) {
            None => Some("It would have too many tags.".into()),
            Some(after) => (after == order.tags).then(|| "Its tags are so already.".into()),
        },
        Bulk::Assign { to, .. } => (order.assigned_to == *to).then(|| "It is so already.".into()),
    }
}

/// The states before one, in words: “pending and confirmed”.
fn before(to: Status) -> String {
    let mut before: Vec<String> =
        Status::ALL.into_iter().filter(|from| from.move_to(to).is_some()).map(Status::word).collect();
    let last = before.pop().unwrap_or_default();
    if before.is_empty() { last } else { format!("{} and {last}", before.join(", ")) }
}

fn orders(count: usize) -> String {
    counts::of(i64::try_from(count).unwrap_or(i64::MAX), ("order", "orders"))
}

fn title(bulk: &Bulk) -> String {
    match bulk {
        Bulk::Move { to, .. } => match to {
            Status::Confirmed => "Confirm orders".into(),
            Status::Preparing => "Start preparing orders".into(),
            Status::Delivered => "Mark orders as delivered".into(),
            Status::Completed => "Complete orders".into(),
            Status::Cancelled => "Cancel orders".into(),
            other => format!("Move orders to {}", other.word()),
        },
        Bulk::Note { .. } => "Add a note to orders".into(),
        Bulk::Tags { .. } => "Change tags of orders".into(),
        Bulk::Assign { to: Some(_), name } => format!("Give orders to {name}"),
        Bulk::Assign { to: None, .. } => "Give orders to nobody".into(),
        Bulk::Revert { .. } => "Set back a change of orders".into(),
    }
}

/// What running it changes, in sentences.
async fn effects(connection: &mut PgConnection, bulk: &Bulk, able: &[&Candidate]) -> Result<Vec<String>, Stop> {
    let count = orders(able.len());
    let quoted = |words: &[String]| words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ");
    let mut effects = Vec::new();
    match bulk {
        Bulk::Move { to, reason } => {
            let mut from: BTreeMap<&str, usize> = BTreeMap::new();
            for order in able {
                *from.entry(order.status.as_str()).or_default() += 1;
            }
            let from = from
                .into_iter()
                .map(|(code, count)| format!("{count} {}", Status::parse(code).map(Status::word).unwrap_or_default()))
                .collect::<Vec<_>>();
            effects.push(format!("{count} become {}: {} now.", to.word(), from.join(", ")));
            effects.extend(money_and_stock(connection, *to, able).await?);
            if !reason.is_empty() {
                effects.push(format!("Each has the reason “{reason}”."));
            }
            effects.push("A move can't be set back.".into());
        }
        Bulk::Note { text } => {
            effects.push(format!("{count} get the note “{text}”."));
            effects.push("It can be taken back for a day.".into());
        }
        Bulk::Tags { add, remove } => {
            if !add.is_empty() {
                effects.push(format!("{count} have {} then.", quoted(add)));
            }
            if !remove.is_empty() {
                effects.push(format!("{count} don't have {} any more.", quoted(remove)));
            }
            effects.push("It can be set back for a day.".into());
        }
        Bulk::Assign { to, name } => {
            effects.push(match to {
                Some(_) => format!("{name} takes care of {count}."),
                None => format!("Nobody takes care of {count} any more."),
            });
            let taken = able.iter().filter(|order| order.assigned_to.is_some()).count();
            if taken > 0 {
                effects.push(format!("{} are taken from a colleague.", orders(taken)));
            }
            effects.push("It can be set back for a day.".into());
        }
        Bulk::Revert { .. } => {}
    }
    Ok(effects)
}

async fn money_and_stock(connection: &mut PgConnection, to: Status, able: &[&Candidate]) -> Result<Vec<String>, Stop> {
    let mut effects = Vec::new();
    let ends = matches!(to, Status::Cancelled | Status::Failed);
    if ends || to == Status::Confirmed {
        let ids: Vec<Uuid> = able.iter().map(|order| order.id).collect();
        let pieces = sqlx::query_scalar!(
            r#"SELECT COALESCE(sum(quantity), 0)::bigint AS "pieces!" FROM stock_reservations
               WHERE order_id = ANY ($1) AND status IN ('held', 'firm')"#,
            &ids
        )
        .fetch_one(connection)
        .await?;
        let pieces = counts::of(pieces, ("reserved piece", "reserved pieces"));
        effects.push(if ends {
            format!("{pieces} are free for others at once.")
        } else {
            format!("{pieces} become firm.")
        });
    }
    if ends {
        let mut kept: BTreeMap<&str, Decimal> = BTreeMap::new();
        for order in able {
            *kept.entry(order.currency.as_str()).or_default() += order.paid_total - order.refunded_total;
        }
        for (currency, amount) in kept.into_iter().filter(|(_, amount)| *amount > Decimal::ZERO) {
            let amount = Money::from_numeric(amount, currency);
            effects.push(format!("{amount} stay paid until they are refunded."));
        }
    }
    match to {
        Status::Preparing => effects.push("They go to picking and packing; from there they can't be cancelled.".into()),
        Status::Delivered => effects.push("They complete by themselves after 14 days.".into()),
        Status::Completed => effects.push("They are closed; no return can be taken after.".into()),
        _ => {}
    }
    Ok(effects)
}

/// Why some are left out, the most frequent reason first.
fn left_out(rows: &[NewRow]) -> Vec<String> {
    let mut whys: BTreeMap<&str, usize> = BTreeMap::new();
    for why in rows.iter().filter_map(|row| row.why_not.as_deref()) {
        *whys.entry(why).or_default() += 1;
    }
    let mut whys: Vec<_> = whys.into_iter().collect();
    whys.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rest: usize = whys.iter().skip(MOST_WHYS).map(|(_, count)| count).sum();
    let mut told: Vec<String> =
        whys.into_iter().take(MOST_WHYS).map(|(why, count)| format!("{} left out: {why}", orders(count))).collect();
    if rest > 0 {
        told.push(format!("{} left out for other reasons.", orders(rest)));
    }
    told
}

fn none_of_them(rows: &[NewRow]) -> Refusal {
    let whys = left_out(rows).join(" ");
    Refusal::input(format!("It can be done to none of these orders. {whys}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(status: Status) -> Candidate {
        Candidate {
            id: Uuid::nil(),
            order_number: "TA-1".into(),
            status: status.code().into(),
            grand_total: Decimal::from(50),
            paid_total: Decimal::from(20),
            refunded_total: Decimal::ZERO,
            currency: "EUR".into(),
            tags: vec!["vip".into()],
            assigned_to: None,
        }
    }

    fn refused(bulk: &Bulk, role: Role, status: Status) -> Option<String> {
        why_not(bulk, role, status, &order(status))
    }

    #[test]
    fn each_order_that_cannot_is_told_why() {
        let cancel = Bulk::Move { to: Status::Cancelled, reason: "Recall".into() };
        assert_eq!(refused(&cancel, Role::Support, Status::Pending), None);
        let shipped = refused(&cancel, Role::Support, Status::Shipped).unwrap();
        assert_eq!(shipped, "It is shipped; only pending and confirmed orders become cancelled.");
        let floor = refused(&cancel, Role::WarehouseManager, Status::Pending).unwrap();
        assert!(floor.contains("Support"), "{floor}");
        let confirm = Bulk::Move { to: Status::Confirmed, reason: String::new() };
        assert!(refused(&confirm, Role::Admin, Status::Processing).unwrap().contains("paid in full"));
        let tag = |add: &str| Bulk::Tags { add: vec![add.into()], remove: Vec::new() };
        assert!(refused(&tag("vip"), Role::Support, Status::Pending).is_some());
        assert_eq!(refused(&tag("late"), Role::Support, Status::Pending), None);
        let nobody = Bulk::Assign { to: None, name: String::new() };
        assert!(refused(&nobody, Role::Support, Status::Pending).is_some());
    }

    #[test]
    fn reasons_are_counted() {
        let row =
            |why: Option<&str>| NewRow { subject: Uuid::nil(), label: String::new(), why_not: why.map(str::to_owned) };
        let rows = [row(Some("a")), row(None), row(Some("b")), row(Some("b"))];
        assert_eq!(left_out(&rows), ["2 orders left out: b", "1 order left out: a"]);
    }

    #[test]
    fn arguments_survive_the_way_to_the_database_and_back() {
        for bulk in [
            Bulk::Move { to: Status::Cancelled, reason: "x".into() },
            Bulk::Tags { add: vec!["a".into()], remove: Vec::new() },
            Bulk::Assign { to: None, name: String::new() },
            Bulk::Revert { job: Uuid::nil() },
        ] {
            assert_eq!(serde_json::from_value::<Bulk>(serde_json::to_value(&bulk).unwrap()).unwrap(), bulk);
        }
    }
}
