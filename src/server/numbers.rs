//! How many rows a query of a list has, for the navigation: never waited for long.

use crate::{
    auth::guard::Ctx,
    error::AppError,
    list::{listing::Listing, model::Query},
    orders, users,
};
use std::time::Duration;

/// Up to where is counted.
pub const MOST: i64 = 1_000;

/// The number, at most one more than [`MOST`] and at most `age` old; nothing when counting failed or took too long.
pub async fn of(ctx: &Ctx, list: &str, query: &Query, age: Duration) -> Option<i64> {
    // what a search finds depends on what the person may see, and its days on the zone
    let key = format!("{list} {:?} {:?} {} {}", ctx.me.role, ctx.me.lent, ctx.me.time_zone, query.text());
    let count = async {
        Ok::<_, AppError>(match list {
            "orders" => orders::list::store::Ask::count(ctx, query, MOST).await?,
            "users" => users::list::store::Ask::count(ctx, query, MOST).await?,
            _ => None,
        })
    };
    Box::pin(ctx.state.pin_counts.get_within(key, age, count)).await.ok().flatten()
}
