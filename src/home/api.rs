//! What waits for the person signed in.

use crate::{codec::Json, error::AppError, orders::model::Status, stamp::Stamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    auth::{guard::guard, model::Right},
    orders,
};

/// Orders that wait in a state for this role's next move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The state.
    pub status: Status,
    /// How many, exact below 1,000.
    pub count: i64,
    /// When the oldest was placed.
    pub oldest: Option<Stamp>,
}

/// The day's work.
#[server(output = Json)]
pub async fn days_work() -> Result<Vec<Waiting>, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    if !ctx.me.may(Right::ReadOrders) {
        return Ok(Vec::new());
    }
    let waiting = orders::waiting(&ctx).await?;
    Ok(waiting.into_iter().map(|(status, count, oldest)| Waiting { status, count, oldest }).collect())
}
