//! Server functions of the audit trail: check, parse, service.

use crate::{
    codec::Json,
    error::AppError,
    forms::Outcome,
    list::model::{List, Query},
    record::Record,
};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::{check, entry, list, record, seal};
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

/// The page of a record at the moments of this address.
#[server(input = Json, output = Json)]
pub async fn get_audit_record(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ReadAudit).await?;
    Box::pin(record::page(&ctx, &address)).await
}

/// The page of the seal.
#[server(input = Json, output = Json)]
pub async fn get_audit_seal(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ReadAudit).await?;
    let _ = address;
    seal::page(&ctx).await
}

/// The same, asked for by the page itself while a check runs.
#[server(input = Json, output = Json)]
pub async fn watch_audit_seal(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ReadAudit).await?;
    let _ = address;
    seal::page(&ctx).await
}

/// Checks the seal, as a job; `change` says `check`.
#[server]
pub async fn check_audit(change: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::ReadAudit).await?;
    check::ask(&ctx, &change).await
}
