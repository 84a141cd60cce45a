//! Server function of who is here: check, service.

use crate::{codec::Json, error::AppError};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// Says that the caller looks at an order, and who else does.
#[server(input = Json, output = Json)]
pub async fn here(order: Uuid) -> Result<Vec<String>, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    super::hub::here(&ctx, order).await
}
