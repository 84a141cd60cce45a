//! Server functions of the inbox: check, parse, service.

use super::model::Inbox;
use crate::{codec::Json, error::AppError, forms::Outcome};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::service;
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// The caller's items, those before `before` where it names one.
#[server(input = Json, output = Json)]
pub async fn get_inbox(before: String) -> Result<Inbox, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::inbox(&ctx, &before).await
}

/// Marks one item as read or unread, or all as read: `mark` is read, unread or all.
#[server]
pub async fn mark_items(mark: String, #[server(default)] item: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::mark(&ctx, &mark, &item).await
}
