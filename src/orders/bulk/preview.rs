//! Which orders can't, and what a bulk act changes.

use super::Bulk;
use crate::{
    auth::model::{Me, Role},
    error::AppError,
    jobs::queue::NewRow,
    list::{
        bulk::preview::{self, some, tag_effects, why_not_tags},
        counts,
    },
    money::Money,
    orders::{
        list::{statements::bulk_statement, store::Ask},
        model::Status,
        service::status_of,
    },
    server::db::Stop,
};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An order as a preview needs it.
#[derive(Clone, Debug, FromRow)]
pub struct Candidate {
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

impl preview::Bulk for Bulk {
    type List = Ask;
    type Candidate = Candidate;

    fn statement(ask: &Ask, most: usize) -> QueryBuilder<Postgres> {
        bulk_statement(ask, most)
    }

    fn row(&self, me: &Me, order: &Candidate) -> Result<NewRow, AppError> {
        let status = status_of(&order.status)?;
        let why_not = why_not(self, me.role, status, order);
        Ok(NewRow { subject: order.id, label: order.order_number.clone(), why_not })
    }

    fn title(&self) -> String {
        title(self)
    }

    async fn effects(&self, connection: &mut PgConnection, able: &[&Candidate]) -> Result<Vec<String>, Stop> {
        effects(connection, self, able).await
    }
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
        Bulk::Tags { add, remove } => why_not_tags(&order.tags, add, remove),
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
    let count = some::<Ask>(able.len());
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
            effects.extend(tag_effects(&count, add, remove));
        }
        Bulk::Assign { to, name } => {
            effects.push(match to {
                Some(_) => format!("{name} takes care of {count}."),
                None => format!("Nobody takes care of {count} any more."),
            });
            let taken = able.iter().filter(|order| order.assigned_to.is_some()).count();
            if taken > 0 {
                effects.push(format!("{} are taken from a colleague.", some::<Ask>(taken)));
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
