//! Server functions of orders: check, parse, service.

use super::model::{
    AsItWas, BulkChoice, Detail, Document, DocumentKind, MoveDetails, NewAddress, NewCustomer, PhoneOrder, Slips,
};
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
use super::{
    assignment, bulk, confirmation, contact, documents, history, list, moves, new, notes, parcels, service, sight, undo,
};
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

/// How a search could go on: the whole text with its last word completed.
#[server(output = Json)]
pub async fn suggest_orders(q: String) -> Result<Vec<String>, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    list::suggest(&ctx, &q).await
}

/// Which of these orders are in the list that `query` asks for: `public/news.js` counts them.
#[server(input = Json, output = Json)]
pub async fn fitting_orders(query: Query, ids: Vec<Uuid>) -> Result<Vec<Uuid>, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    Box::pin(list::service::fitting(&ctx, &query, ids)).await.inspect_err(set_refusal)
}

/// Everything the detail page shows; `query` is that of its address: `in` the list that it was opened from, `act` the
/// act that is opened, `show` the part of the timeline.
#[server(input = Json, output = Json)]
pub async fn get_order(id: String, #[server(default)] query: Query) -> Result<Detail, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    Box::pin(service::detail(&ctx, &id, &query)).await
}

/// The order as it was at a moment: a time in UTC or of the caller's clock.
#[server(input = Json, output = Json)]
pub async fn get_order_history(id: String, #[server(default)] at: String) -> Result<AsItWas, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    history::as_it_was(&ctx, &id, &at).await
}

/// What is printed for an order.
#[server(input = Json, output = Json)]
pub async fn get_document(id: String, kind: DocumentKind) -> Result<Document, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    documents::document(&ctx, &id, kind).await
}

/// Adds an internal note. `key` makes a repeated post the same note.
#[server]
pub async fn add_note(id: Uuid, note: String, #[server(default)] key: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    notes::add(&ctx, id, &note, &key).await
}

/// Changes the text of one's own note; `version` is the row's when the form was drawn.
#[server]
pub async fn edit_note(id: Uuid, note_id: Uuid, version: i32, body: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    notes::edit(&ctx, id, note_id, version, &body).await
}

/// Pins, unpins, deletes or puts back a note, as `change` says.
#[server]
pub async fn change_note(id: Uuid, note_id: Uuid, change: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    notes::change(&ctx, id, note_id, &change).await
}

/// Sets e-mail address and phone number of an order; where they are masked, empty keeps what is there.
#[server]
pub async fn change_contact(
    id: Uuid,
    version: i32,
    email: String,
    #[server(default)] phone: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditOrders).await?;
    contact::change_contact(&ctx, id, version, &email, &phone).await
}

/// Sets the shipping address of an order until it is shipped; `version` is that of its shipping.
#[server]
pub async fn change_address(
    id: Uuid,
    version: i32,
    #[server(flatten)] address: NewAddress,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditOrders).await?;
    contact::change_address(&ctx, id, version, address).await
}

/// Sets back what `undo`, an entry of the log not older than a day, changed.
#[server]
pub async fn undo_change(id: Uuid, undo: i64) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    undo::undo(&ctx, id, undo).await
}

/// Gives an order to a colleague, or to nobody; `version` is the row's when the form was drawn.
#[server]
pub async fn assign_order(id: Uuid, version: i32, #[server(default)] assignee: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    assignment::assign(&ctx, id, version, &assignee).await
}

/// Sends the confirmation of an order again; `mail` makes a repeated post the same mail.
#[server]
pub async fn resend_confirmation(id: Uuid, mail: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::EditOrders).await?;
    confirmation::resend(&ctx, id, &mail).await
}

/// Corrects carrier and number of a parcel until it is delivered; `version` is the parcel's.
#[server]
pub async fn correct_parcel(
    id: Uuid,
    parcel: Uuid,
    version: i32,
    #[server(default)] carrier: String,
    #[server(default)] tracking_number: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::MoveOrders).await?;
    parcels::correct(&ctx, id, parcel, version, &carrier, &tracking_number).await
}

/// Shows one masked value of an order to who asks, for ten minutes and a reason that is recorded.
#[server]
pub async fn reveal(id: Uuid, reveal: String, reason: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::RevealData).await?;
    sight::reveal(&ctx, id, &reveal, &reason).await
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

/// The packing slips of the orders that an address of `/orders/bulk` names.
#[server(input = Json, output = Json)]
pub async fn get_slips(query: String) -> Result<Slips, AppError> {
    let ctx = guard(Right::ReadOrders).await?;
    Box::pin(bulk::form::slips(&ctx, &query)).await.inspect_err(set_refusal)
}

/// Which orders a bulk act would be for, and what can be done with them: the page at this address.
#[server(input = Json, output = Json)]
pub async fn get_bulk(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    Box::pin(bulk::form::page(&ctx, &address)).await
}

/// Fixes the orders of a bulk act and says what it would change; `bulk` is its name: move, tags, assign, note, or
/// export, which is no change and needs no preview.
#[server]
pub async fn preview_bulk(bulk: String, #[server(flatten)] choice: BulkChoice) -> Result<Outcome, AppError> {
    let ctx = guard(Right::NoteOrders).await?;
    Box::pin(bulk::form::make_preview(&ctx, &bulk, choice)).await
}

/// An order that is put together for a customer, as this address says it.
#[server(input = Json, output = Json)]
pub async fn get_new_order(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::PlaceOrders).await?;
    Box::pin(new::page(&ctx, &address)).await
}

/// Places the order that `order` says: customer and articles, as the address of the page has them. `version` is the seal
/// of the prices on show; the same `key` twice is one order.
#[server]
pub async fn place_order(
    order: String,
    key: String,
    version: i32,
    #[server(flatten)] form: PhoneOrder,
    #[server(flatten)] address: NewAddress,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::PlaceOrders).await?;
    Box::pin(new::place(&ctx, (&order, &key, version), &form, &address)).await
}

/// Adds a customer, and goes on with the `order` for them.
#[server]
pub async fn create_customer(
    order: String,
    version: i32,
    #[server(flatten)] customer: NewCustomer,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::PlaceOrders).await?;
    Box::pin(new::create(&ctx, &order, version, customer)).await
}
