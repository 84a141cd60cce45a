//! Server functions of orders: check, parse, service.

use super::model::{Detail, MoveDetails};
use crate::{
    codec::Json,
    error::AppError,
    forms::Outcome,
    list::model::{List, Query},
};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use super::{list, moves, service};
#[cfg(feature = "ssr")]
use crate::auth::{
    guard::{guard, set_refusal},
    model::Right,
};

/// A page of the list.
#[server(input = Json, output = Json)]
pub async fn list_orders(query: Query) -> Result<List, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    Box::pin(list::service::list(&ctx, &query)).await.inspect_err(set_refusal)
}

/// Everything the detail page shows; `within` is the list that it was opened from.
#[server(input = Json, output = Json)]
pub async fn get_order(id: String, #[server(default)] within: String) -> Result<Detail, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    Box::pin(service::detail(&ctx, &id, &within)).await
}

/// Adds an internal note. `key` makes a repeated post the same note.
#[server]
pub async fn add_note(id: Uuid, note: String, #[server(default)] key: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    service::add_note(&ctx, id, &note, &key).await
}

/// Gives an order these tags, separated by commas; `version` is the row's when the form was drawn.
#[server]
pub async fn set_tags(id: Uuid, version: String, #[server(default)] tags: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    super::tags::set_tags(&ctx, id, &version, &tags).await
}

/// Moves an order along; `version` is the row's when the form was drawn.
#[server]
pub async fn move_order(
    id: Uuid,
    version: String,
    status: String,
    #[server(flatten)] details: MoveDetails,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::MoveOrders).await?;
    moves::move_order(&ctx, id, &version, &status, details).await
}
