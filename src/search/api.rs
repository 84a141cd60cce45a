//! Server function of the search: check, service.

use super::model::Found;
use crate::{codec::Json, error::AppError};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::service;
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// What fits a text, of all that the caller may see.
#[server(input = Json, output = Json)]
pub async fn search_everything(q: String) -> Result<Found, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    Box::pin(service::search(&ctx, &q)).await
}
