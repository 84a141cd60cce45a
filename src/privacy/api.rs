//! Server functions of privacy: check, parse, service.

use crate::{codec::Json, error::AppError, forms::Outcome, record::Record};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use super::{erasure, export, service};
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// Erasures, what is kept how long, and the map.
#[server(input = Json, output = Json)]
pub async fn get_privacy(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::HandlePrivacy).await?;
    Box::pin(service::privacy(&ctx, &address)).await
}

/// The page of one erasure at this address.
#[server(input = Json, output = Json)]
pub async fn get_erasure(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::HandlePrivacy).await?;
    Box::pin(service::erasure(&ctx, &address)).await
}

/// Makes a file of everything about `subject`, by a job.
#[server]
pub async fn export_person(subject: Uuid, reason: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::HandlePrivacy).await?;
    Box::pin(export::ask(&ctx, subject, &reason)).await
}

/// Asks that the customer `erase` be erased; a colleague decides.
#[server]
pub async fn ask_erasure(erase: Uuid, reason: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::HandlePrivacy).await?;
    Box::pin(erasure::ask(&ctx, erase, &reason)).await
}

/// Decides about an erasure: `change` is grant, refuse or withdraw; `version` is the row's when the form was drawn.
#[server]
pub async fn decide_erasure(
    erasure: Uuid,
    version: i32,
    change: String,
    #[server(default)] reason: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::HandlePrivacy).await?;
    Box::pin(erasure::decide(&ctx, erasure, version, (&change, &reason))).await
}
