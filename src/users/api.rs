//! Server functions of users: check, parse, service.

use super::model::{BulkChoice, MergeChoice};
use crate::{
    codec::Json,
    error::AppError,
    forms::Outcome,
    list::model::{List, Query},
    record::Record,
};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use super::{bulk, list, merge, model::UserEdit, person};
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

/// The page of one person at this address.
#[server(input = Json, output = Json)]
pub async fn get_user(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ReadUsers).await?;
    Box::pin(person::service::person(&ctx, &address)).await
}

/// Changes a customer's account, as `change` says; `version` is the row's when the form was drawn, `until` a day for
/// suspensions.
#[server]
pub async fn change_user(
    id: Uuid,
    version: i32,
    change: String,
    #[server(default)] until: String,
    reason: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    Box::pin(person::change(&ctx, id, version, &change, (&until, &reason))).await
}

/// Changes name, contact and date of birth of a customer. Fields that are masked for the caller aren't sent, and stay.
#[server]
pub async fn edit_user(
    id: Uuid,
    version: i32,
    first_name: String,
    last_name: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] birth: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    let edit = UserEdit { first_name, last_name, email, phone, birth };
    Box::pin(person::edit(&ctx, id, version, edit)).await
}

/// Sets back what `undo`, an entry of the log not older than a day, edited about a customer.
#[server]
pub async fn undo_user(id: Uuid, undo: i64) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    Box::pin(person::undo::undo(&ctx, id, undo)).await
}

/// Shows one masked value of a person for ten minutes, and records who asked and why.
#[server]
pub async fn reveal_user(id: Uuid, reveal: String, reason: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::RevealData).await?;
    Box::pin(person::reveal(&ctx, id, &reveal, &reason)).await
}

/// Adds a note about a person; `pin` is yes or no, the same `key` twice is one note.
#[server]
pub async fn add_user_note(
    id: Uuid,
    note: String,
    #[server(default)] pin: String,
    #[server(default)] key: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::ReadUsers).await?;
    Box::pin(person::notes::add(&ctx, id, &note, (pin == "yes", &key))).await
}

/// Pins, unpins, deletes or puts back a note about a person.
#[server]
pub async fn change_user_note(note_id: Uuid, change: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::ReadUsers).await?;
    Box::pin(person::notes::change(&ctx, note_id, &change)).await
}

/// Whom to merge a customer's account with, or both side by side: the page at this address.
#[server(input = Json, output = Json)]
pub async fn get_merge(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    Box::pin(merge::service::page(&ctx, &address)).await
}

/// Merges the account `other` into `id`; `version` is the sum of both rows' when the form was drawn.
#[server]
pub async fn merge_users(
    id: Uuid,
    other: Uuid,
    version: i32,
    #[server(flatten)] choice: MergeChoice,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    Box::pin(merge::merge(&ctx, [id, other], version, choice)).await
}

/// Undoes a merge of two accounts, within a day.
#[server]
pub async fn undo_merge(merge: Uuid, reason: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditUsers).await?;
    Box::pin(merge::undo(&ctx, merge, &reason)).await
}
