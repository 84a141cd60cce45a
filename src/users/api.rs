//! Server functions of users: check, parse, service.

use super::model::BulkChoice;
use crate::{
    codec::Json,
    error::AppError,
    forms::Outcome,
    list::model::{List, Query},
    record::Record,
};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::{bulk, list};
#[cfg(feature = "ssr")]
use crate::auth::{
    guard::{guard, set_refusal},
    model::Right,
};

/// A page of the list.
#[server(input = Json, output = Json)]
pub async fn list_users(query: Query) -> Result<List, AppError> {
    let ctx = guard(Right::ReadUsers).await?;
    Box::pin(list::service::list(&ctx, &query)).await.inspect_err(set_refusal)
}

/// How a search could go on: the whole text with its last word completed.
#[server(output = Json)]
pub async fn suggest_users(q: String) -> Result<Vec<String>, AppError> {
    let ctx = guard(Right::ReadUsers).await?;
    list::suggest(&ctx, &q).await
}

/// Which users a bulk act would be for, and what can be done with them: the page at this address.
#[server(input = Json, output = Json)]
pub async fn get_user_bulk(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    Box::pin(bulk::form::page(&ctx, &address)).await
}

/// Fixes the users of a bulk act and says what it would change; `bulk` is its name: suspend, reactivate, tags, or export,
/// which is no change and needs no preview.
#[server]
pub async fn preview_users(bulk: String, #[server(flatten)] choice: BulkChoice) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    Box::pin(bulk::form::make_preview(&ctx, &bulk, choice)).await
}
