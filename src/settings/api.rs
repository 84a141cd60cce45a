//! Server functions of the settings: check, parse, service.

use super::model::{Shop, ShopSettings};
use crate::{codec::Json, error::AppError, forms::Outcome};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::service;
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// The company on what is printed.
#[server(output = Json)]
pub async fn get_shop() -> Result<ShopSettings, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::settings(&ctx).await
}

/// Changes it, and when a second factor is required; `version` is the row's when the form was drawn.
#[server]
pub async fn save_shop(
    version: i32,
    second_factor_days: String,
    #[server(flatten)] shop: Shop,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditSettings).await?;
    service::save(&ctx, version, &second_factor_days, shop).await
}
