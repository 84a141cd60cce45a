//! How many rows a query of a list has, for the navigation: no more than a minute old, and never waited for long.

use crate::{auth::guard::Ctx, error::AppError, list::model::Query, orders};

/// Up to where is counted.
pub const MOST: i64 = 1_000;

/// The number, at most one more than [`MOST`]; nothing when counting failed or took too long.
pub async fn of(ctx: &Ctx, list: &str, query: &Query) -> Option<i64> {
    // what a search finds depends on what the role may see, and its days on the zone
    let key = format!("{list} {:?} {} {}", ctx.me.role, ctx.me.time_zone, query.text());
    let count = async {
        Ok::<_, AppError>(match list {
            "orders" => orders::list::service::count_of(ctx, query, MOST).await?,
            _ => None,
        })
    };
    Box::pin(ctx.state.pin_counts.get(key, count)).await.ok().flatten()
}
