//! Setting back a change of tags, assignment, contact or address within a day: a new change, which says what it undoes. What somebody
//! changed again since stays.

use super::{
    acts::why_not_edit,
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
        since::changed_since,
    },
};
use serde_json::{Map, Value};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// Columns of an order that can be set back.
const OF_ORDER: [&str; 4] = ["tags", "assigned_to", "customer_email", "customer_phone"];
/// So many of them whoever adds to an order may set back; the others who edits it.
const LIGHT: usize = 2;

/// Whether an entry of the log has something that this person may set back, in an order of this state.
pub fn can_undo(ctx: &Ctx, status: Status, fields: &Map<String, Value>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    let edits = has(&ADDRESS) || has(&OF_ORDER[LIGHT..]);
    let may_edit = why_not_edit(&ctx.me, status).is_none();
    if edits { may_edit } else { has(&OF_ORDER[..LIGHT]) && ctx.me.may(Right::NoteOrders) }
}

/// An entry of the log.
struct Entry {
    table_name: String,
    changed: Value,
    personal: Option<Value>,
}

impl Entry {
    /// A column's value before or after the change; nothing when the log has it no more.
    fn value(&self, column: &str, side: usize) -> Option<&Value> {
        let personal = self.personal.as_ref().and_then(|values| values.get(column));
        personal.or_else(|| self.changed.get(column))?.get(side)
    }
}

async fn entry(connection: &mut PgConnection, id: Uuid, entry: i64) -> Result<Entry, Stop> {
    let found = sqlx::query_as!(
        Entry,
        r#"SELECT l.table_name AS "table_name!", l.changed AS "changed!", v.personal FROM audit_log l
         LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id
         WHERE l.id = $2 AND l.row_id = $1::uuid::text AND l.table_name IN ('orders', 'order_shipping') AND l.action = 'UPDATE'
           AND l.occurred_at BETWEEN now() - interval '1 day' AND now()"#,
        id,
        entry
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.ok_or_else(|| {
        Refusal::conflict("This change is older than a day, or isn't one of this order. Nothing was changed.")
    })?)
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
            let entry = entry(connection, id, number).await?;
            let status = status_of(&order.status)?;
            let fields = entry.changed.as_object().cloned().unwrap_or_default();
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
            let then =
                entry.value("version", 1).and_then(Value::as_i64).and_then(|version| i32::try_from(version).ok());
            let since =
                changed_since(connection, &entry.table_name, &id.to_string(), then.unwrap_or_default(), now).await?;
            if let Some(change) = columns.iter().find_map(|column| since.of(column)) {
                let who = change.who.as_deref().unwrap_or("The system");
                let at = own.zone().stamp(change.at).short;
                let message =
                    format!("{who} changed the same again at {at}: undo that one first. Nothing was changed.");
                return Err(Refusal::conflict(message).into());
            }
            let mut sql = QueryBuilder::<Postgres>::new(format!("UPDATE {} SET ", entry.table_name));
            let mut sets = sql.separated(", ");
            for column in &columns {
                let before = entry
                    .value(column, 0)
                    .ok_or_else(|| Refusal::conflict("The values of this change were erased. Nothing was changed."))?;
                sets.push(format!("{column} = "));
                match before {
                    Value::Array(words) => {
                        let words: Vec<String> = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                        sets.push_bind_unseparated(words);
                    }
                    value => {
                        sets.push_bind_unseparated(value.as_str().map(str::to_owned));
                        if *column == "assigned_to" {
                            sets.push_unseparated("::uuid");
                        }
                    }
                }
            }
            sql.push(format!(" WHERE {key} = ")).push_bind(id);
            sql.build().execute(&mut *connection).await?;
            Ok(done(id, "Set back to what it was."))
        })
    })
    .await
}
