//! Server function of the search: check, service.

use super::model::Lines;
use crate::{codec::Json, error::AppError};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::service;
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// What fits a text, of all that the caller may see.
#[server(input = Json, output = Json)]
pub async fn search_everything(q: String) -> Result<Lines, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    Ok(Box::pin(service::search(&ctx, &q)).await?.into())
}
