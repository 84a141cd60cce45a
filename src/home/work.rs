//! What waits for each role: orders in the states that it moves, and those that somebody should look at.

use super::api::Waiting;
use crate::{
    auth::{
        guard::Ctx,
        model::{Right, Role},
    },
    error::AppError,
    list::{counts, model::Query},
    orders,
    server::{
        numbers::{self, MOST},
        state::PINS_LIVE,
    },
};

/// A view of the orders that needs somebody, and the roles that it needs.
struct Look {
    title: &'static str,
    query: &'static str,
    roles: &'static [Role],
}

const LOOKS: [Look; 3] = [
    Look {
        title: "Overdue in the warehouse",
        query: "q=status%3Aconfirmed%2Cpreparing&age=%3E2d",
        roles: &[Role::WarehouseManager, Role::Admin, Role::SuperAdmin],
    },
    Look {
        title: "Returned, not refunded",
        query: "status=RETURNED&payment=paid",
        roles: &[Role::Support, Role::Admin, Role::SuperAdmin],
    },
    Look {
        title: "On the way for over 7 days",
        query: "status=SHIPPED&age=%3E7d",
        roles: &[Role::Support, Role::WarehouseManager, Role::Admin, Role::SuperAdmin],
    },
];

/// The day's work of a person; each number is that of the list it leads to.
///
/// # Errors
/// When the database says no.
pub async fn waiting(ctx: &Ctx) -> Result<Vec<Waiting>, AppError> {
    if !ctx.me.may(Right::ReadOrders) {
        return Ok(Vec::new());
    }
    let mut waiting: Vec<Waiting> = orders::waiting(ctx)
        .await?
        .into_iter()
        .map(|(status, count, oldest)| Waiting {
            title: status.label().to_owned(),
            count: counts::until(count, MOST),
            oldest,
            to: Query::default().with("status", status.code()).address("/orders"),
        })
        .collect();
    for look in LOOKS.iter().filter(|look| look.roles.contains(&ctx.me.role)) {
        let query = Query::parse(look.query);
        if let Some(count) = numbers::of(ctx, "orders", &query, PINS_LIVE).await {
            waiting.push(Waiting {
                title: look.title.to_owned(),
                count: counts::up_to(count, MOST),
                oldest: None,
                to: query.address("/orders"),
            });
        }
    }
    Ok(waiting)
}
