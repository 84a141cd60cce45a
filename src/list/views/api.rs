//! Server functions of saved views: check, parse, service.

use super::model::Views;
use crate::{codec::Json, error::AppError, forms::Outcome};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use super::service;
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// The views that this person sees; `list` and `query` are what is to be saved.
#[server(input = Json, output = Json)]
pub async fn saved_views(list: String, query: String) -> Result<Views, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::views(&ctx, &list, &query).await
}

/// Saves what a list shows under a name.
#[server]
pub async fn save_view(
    list: String,
    query: String,
    name: String,
    #[server(default)] pin: String,
    #[server(default)] share: String,
    #[server(default)] default_of: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::save(&ctx, service::New { list, query, name, pin, share, default_of }).await
}

/// Changes a view: `act` is rename, pin, unpin, up, down, share, unshare, delete or restore.
#[server]
pub async fn change_view(
    view: Uuid,
    version: i32,
    act: String,
    #[server(default)] name: String,
    #[server(default)] default_of: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::change(&ctx, view, version, &act, &name, &default_of).await
}
