//! Setting back an edit of a person within a day: a new change, which says so. What somebody changed again since stays.

use super::{
    done, path,
    sight::{Sights, Value},
    store::Head,
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Right, Role, Sight},
    },
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        undo::{ALWAYS, entry, outlook, set_back},
    },
    sheet::{Act, Sheet},
    stamp::Zone,
    users::{
        api::UndoUser,
        changes::{ChangeRow, actor, what},
    },
};
use serde_json::Map;
use server_fn::ServerFn;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Columns that can be set back, and which of them are personal data that may be masked.
const COLUMNS: [(&str, Option<Value>); 7] = [
    ("first_name", None),
    ("last_name", None),
    ("email", Some(Value::Email)),
    ("email_verified", None),
    ("phone_number", Some(Value::Phone)),
    ("date_of_birth", Some(Value::Birth)),
    ("tags", None),
];

/// Whether a change is an edit, which could be set back.
pub fn is_known(fields: &Map<String, serde_json::Value>) -> bool {
    let mut edited = fields.keys().filter(|name| !ALWAYS.contains(&name.as_str())).peekable();
    edited.peek().is_some() && edited.all(|name| COLUMNS.iter().any(|(column, _)| column == name))
}

/// Whether what was changed is an edit, of values that this colleague sees.
fn can_undo(fields: &Map<String, serde_json::Value>, sights: &Sights) -> bool {
    let is_seen = |value: Value| sights.see(value) == Sight::Full;
    is_known(fields)
        && COLUMNS
            .iter()
            .filter(|(column, _)| fields.contains_key(*column))
            .all(|(_, personal)| personal.is_none_or(is_seen))
}

/// The changes that this colleague may set back now: their number, what it was, when and by whom.
fn open<'a>(ctx: &Ctx, head: &Head, rows: &'a [ChangeRow]) -> Vec<&'a ChangeRow> {
    if head.role != Role::Customer.code() || head.deleted_at.is_some() || !ctx.me.may(Right::EditUsers) {
        return Vec::new();
    }
    let sights = Sights::of(ctx, head);
    let is_edit = |row: &ChangeRow| row.changed.as_object().is_some_and(|fields| can_undo(fields, &sights));
    let now = OffsetDateTime::now_utc();
    rows.iter().filter(|row| row.action == "UPDATE" && now - row.at < Duration::DAY && is_edit(row)).collect()
}

fn words(row: &ChangeRow, zone: &Zone) -> String {
    format!("{}, by {}, {}", what(row), actor(row), zone.stamp(row.at).short)
}

/// What can be set back, as acts of the card of changes.
pub fn offered(ctx: &Ctx, head: &Head, rows: &[ChangeRow]) -> Vec<Act> {
    let zone = ctx.zone();
    let act = |row: &&ChangeRow| {
        let to = format!("{}?part=history&act=undo-{}", path(head.id), row.id);
        Act { place: "changes".into(), ..Act::link(&format!("Undo: {}", words(row, &zone)), "undo-2", to) }
    };
    open(ctx, head, rows).iter().map(act).collect()
}

/// The form of one of them, with what changed since.
///
/// # Errors
/// When the database says no.
pub async fn sheet(ctx: &Ctx, head: &Head, rows: &[ChangeRow], act: &str) -> Result<Option<Sheet>, AppError> {
    let number: Option<i64> = act.strip_prefix("undo-").and_then(|number| number.parse().ok());
    let row = open(ctx, head, rows).into_iter().find(|row| Some(row.id) == number);
    let (Some(number), Some(row)) = (number, row) else { return Ok(None) };
    let mut connection = ctx.state.db.acquire().await?;
    let why_not = match Box::pin(since(&mut connection, ctx, head, number)).await {
        Ok(why_not) => why_not,
        Err(Stop::Refused(refusal)) => refusal.message,
        Err(Stop::Failed(error)) => return Err(error),
        Err(Stop::Database(error)) => return Err(error.into()),
        Err(Stop::Lost | Stop::Gone) => return Err(AppError::Busy),
    };
    Ok(Some(Sheet {
        why_not,
        title: "Undo this change".into(),
        effects: vec![
            format!("{}: it becomes what it was before.", words(row, &ctx.zone())),
            "The history keeps both. What somebody changed again since isn’t touched.".into(),
        ],
        to: UndoUser::PATH.into(),
        hidden: vec![("id".into(), head.id.to_string()), ("undo".into(), number.to_string())],
        submit: "Undo".into(),
        back: format!("{}?part=history", path(head.id)),
        ..Sheet::default()
    }))
}

/// Who changed the same again since, which must be set back first; empty: nobody.
async fn since(connection: &mut PgConnection, ctx: &Ctx, head: &Head, number: i64) -> Result<String, Stop> {
    let entry = entry(connection, &["users"], head.id, number).await?;
    let fields = entry.fields();
    let columns: Vec<&str> =
        COLUMNS.iter().map(|(column, _)| *column).filter(|column| fields.contains_key(*column)).collect();
    Ok(outlook(connection, &entry, head.id, &columns, head.version, &ctx.zone()).await?.1)
}

/// Sets back what an entry of the log changed.
///
/// # Errors
/// [`AppError::NotFound`] when no customer has that id, and when the database says no; refusals are values.
pub async fn undo(ctx: &Ctx, id: Uuid, number: i64) -> Result<Outcome, AppError> {
    let head = super::store::head(ctx, id).await?;
    let (own, sights) = (ctx.clone(), Sights::of(ctx, &head));
    act(ctx, Actor::of(ctx).because("Undo"), move |connection| {
        Box::pin(async move {
            let version = sqlx::query_scalar!(
                "SELECT version FROM users WHERE id = $1 AND role = 'customer' AND deleted_at IS NULL FOR UPDATE",
                id
            )
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(AppError::NotFound)?;
            let entry = entry(connection, &["users"], id, number).await?;
            let fields = entry.fields();
            if !can_undo(&fields, &sights) {
                let why = "Nothing was changed: this is no edit, or one of values that are masked for your role.";
                return Err(Refusal::conflict(why).into());
            }
            let columns: Vec<&str> =
                COLUMNS.iter().map(|(column, _)| *column).filter(|column| fields.contains_key(*column)).collect();
            match set_back(connection, &entry, ("id", id), &columns, version, &own.zone()).await {
                Err(Stop::Database(error))
                    if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) =>
                {
                    let why = "Another account has the e-mail address of before now. Nothing was changed.";
                    Err(Refusal::conflict(why).into())
                }
                Err(stop) => Err(stop),
                Ok(()) => Ok(done(id, "Set back to what it was.")),
            }
        })
    })
    .await
}
