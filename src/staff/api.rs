//! Server functions of staff: check, parse, service.

use crate::{codec::Json, error::AppError, forms::Outcome, record::Record};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use super::{acts, invite, requests, service};
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// The page of everybody who works here, at this address.
#[server(input = Json, output = Json)]
pub async fn get_staff(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ReadStaff).await?;
    service::staff(&ctx, &address).await
}

/// The page of one person at this address.
#[server(input = Json, output = Json)]
pub async fn get_person(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ReadStaff).await?;
    Box::pin(service::person(&ctx, &address)).await
}

/// The caller's own rights for a time, and the form to ask for one.
#[server(input = Json, output = Json)]
pub async fn get_my_rights(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::my_rights(&ctx, &address).await
}

/// Invites somebody to work here.
#[server]
pub async fn invite_person(
    first_name: String,
    last_name: String,
    email: String,
    role: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::ManageStaff).await?;
    Box::pin(invite::invite(&ctx, invite::Invited { first_name, last_name, email, role })).await
}

/// Changes a person's access, as `change` says; `version` is the row's when the form was drawn.
#[server]
pub async fn change_person(
    id: Uuid,
    version: i32,
    change: String,
    #[server(default)] role: String,
    reason: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::ManageStaff).await?;
    Box::pin(acts::change(&ctx, id, version, &change, &role, &reason)).await
}

/// Asks for a right for some hours.
#[server]
pub async fn ask_for_right(ask: String, hours: i32, reason: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    Box::pin(requests::ask(&ctx, &ask, hours, &reason)).await
}

/// Grants a right that somebody asked for, or refuses it; `decision` is grant or refuse.
#[server]
pub async fn decide_request(
    request: Uuid,
    version: i32,
    decision: String,
    #[server(default)] hours: i32,
    #[server(default)] reason: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::GrantRights).await?;
    Box::pin(requests::decide(&ctx, request, version, (&decision, hours, &reason))).await
}

/// Ends a right before its time, or takes back that one asked for it. Whose it may be is asked there.
#[server]
pub async fn end_right(end: Uuid, #[server(default)] reason: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    Box::pin(requests::end(&ctx, end, &reason)).await
}
