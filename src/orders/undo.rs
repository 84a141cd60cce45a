//! Setting back a change of tags, assignment, contact or address within a day: a new change, which says what it undoes. What somebody
//! changed again since stays.

use super::{
    acts::why_not_edit,
    api::UndoChange,
    model::Status,
    service::{done, status_of},
    timeline::ADDRESS,
};
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        undo::{entry, outlook, set_back},
    },
    sheet::Sheet,
};
use serde_json::{Map, Value};
use server_fn::ServerFn;
use sqlx::PgConnection;
use uuid::Uuid;

/// Columns of an order that can be set back.
const OF_ORDER: [&str; 4] = ["tags", "assigned_to", "customer_email", "customer_phone"];
/// So many of them whoever adds to an order may set back; the others who edits it.
const LIGHT: usize = 2;

/// Whether a change has something that could be set back at all.
pub fn is_known(fields: &Map<String, Value>) -> bool {
    OF_ORDER.iter().chain(&ADDRESS).any(|name| fields.contains_key(*name))
}

/// Whether an entry of the log has something that this person may set back, in an order of this state.
pub fn can_undo(ctx: &Ctx, status: Status, fields: &Map<String, Value>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    let edits = has(&ADDRESS) || has(&OF_ORDER[LIGHT..]);
    let may_edit = why_not_edit(&ctx.me, status).is_none();
    if edits { may_edit } else { has(&OF_ORDER[..LIGHT]) && ctx.me.may(Right::NoteOrders) }
}

/// The form that asks whether to set back what `act`, `undo-` and an entry's number, names: with what changed since.
///
/// # Errors
/// When the database says no.
pub async fn sheet(ctx: &Ctx, id: Uuid, act: &str) -> Result<Option<Sheet>, AppError> {
    let Some(number) = act.strip_prefix("undo-").and_then(|number| number.parse().ok()) else { return Ok(None) };
    let mut connection = ctx.state.db.acquire().await?;
    match Box::pin(asked(&mut connection, ctx, id, number)).await {
        Ok(sheet) => Ok(Some(sheet)),
        Err(Stop::Refused(refusal)) => Ok(Some(Sheet { why_not: refusal.message, ..form(number) })),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Database(error)) => Err(error.into()),
        Err(Stop::Lost | Stop::Gone) => Err(AppError::Busy),
    }
}

fn form(number: i64) -> Sheet {
    Sheet {
        title: "Undo this change".into(),
        to: UndoChange::PATH.into(),
        hidden: vec![("undo".into(), number.to_string())],
        submit: "Undo".into(),
        ..Sheet::default()
    }
}

async fn asked(connection: &mut PgConnection, ctx: &Ctx, id: Uuid, number: i64) -> Result<Sheet, Stop> {
    let order = sqlx::query!(
        "SELECT o.status, o.version, s.version AS shipping FROM orders o JOIN order_shipping s ON s.order_id = o.id
         WHERE o.id = $1 AND s.order_id = $1 AND o.deleted_at IS NULL",
        id
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(AppError::NotFound)?;
    let entry = entry(connection, &["orders", "order_shipping"], id, number).await?;
    let (status, fields) = (status_of(&order.status)?, entry.fields());
    if !can_undo(ctx, status, &fields) {
        let why = why_not_edit(&ctx.me, status).unwrap_or_else(|| "it isn't yours to change.".into());
        return Ok(Sheet { why_not: why, ..form(number) });
    }
    let (columns, now) = if entry.table_name == "orders" {
        (OF_ORDER.as_slice(), order.version)
    } else {
        (ADDRESS.as_slice(), order.shipping)
    };
    let columns: Vec<&str> = columns.iter().copied().filter(|column| fields.contains_key(*column)).collect();
    let (effect, why_not) = outlook(connection, &entry, id, &columns, now, &ctx.zone()).await?;
    Ok(Sheet { effects: vec![effect], why_not, ..form(number) })
}

/// Sets back what an entry of the log changed.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn undo(ctx: &Ctx, id: Uuid, number: i64) -> Result<Outcome, AppError> {
    let own = ctx.clone();
    act(ctx, Actor::of(ctx).because("Undo"), move |connection| {
        Box::pin(async move {
            let order = sqlx::query!(
                "SELECT status, version FROM orders WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
                id
            )
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(AppError::NotFound)?;
            let entry = entry(connection, &["orders", "order_shipping"], id, number).await?;
            let status = status_of(&order.status)?;
            let fields = entry.fields();
            if !can_undo(&own, status, &fields) {
                let why = why_not_edit(&own.me, status).unwrap_or_else(|| "it isn't yours to change.".into());
                return Err(Refusal::conflict(format!("Nothing was changed: {why}")).into());
            }
            let (key, columns, now) = if entry.table_name == "orders" {
                ("id", OF_ORDER.as_slice(), order.version)
            } else {
                let version =
                    sqlx::query_scalar!("SELECT version FROM order_shipping WHERE order_id = $1 FOR UPDATE", id);
                ("order_id", ADDRESS.as_slice(), version.fetch_one(&mut *connection).await?)
            };
            let columns: Vec<&str> = columns.iter().copied().filter(|column| fields.contains_key(*column)).collect();
            set_back(connection, &entry, (key, id), &columns, now, &own.zone()).await?;
            Ok(done(id, "Set back to what it was."))
        })
    })
    .await
}
