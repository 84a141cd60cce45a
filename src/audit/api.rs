//! Server functions of the audit trail: check, parse, service.

use crate::{
    codec::Json,
    error::AppError,
    list::model::{List, Query},
    record::Record,
};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::{entry, list};
#[cfg(feature = "ssr")]
use crate::auth::{
    guard::{guard, set_refusal},
    model::Right,
};

/// A page of the list.
#[server(input = Json, output = Json)]
pub async fn list_audit(query: Query) -> Result<List, AppError> {
    let ctx = guard(Right::ReadAudit).await?;
    Box::pin(list::service::list(&ctx, &query)).await.inspect_err(set_refusal)
}

/// How a search could go on: the whole text with its last word completed.
#[server(output = Json)]
pub async fn suggest_audit(q: String) -> Result<Vec<String>, AppError> {
    guard(Right::ReadAudit).await?;
    Ok(list::suggest(&q))
}

/// The page of one entry at this address.
#[server(input = Json, output = Json)]
pub async fn get_audit_entry(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ReadAudit).await?;
    Box::pin(entry::entry(&ctx, &address)).await
}
