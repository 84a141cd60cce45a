//! Who takes care of an order.

use super::{list::search::Colleague, service::done};
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        since::changed_since,
    },
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// The colleagues who can take care of an order, by name.
///
/// # Errors
/// When the database says no.
pub async fn colleagues(db: &PgPool) -> Result<Vec<Colleague>, AppError> {
    let colleagues = sqlx::query_as!(
        Colleague,
        r#"SELECT id, first_name || ' ' || last_name AS "name!" FROM users
           WHERE role = ANY ($1) AND status = 'active' AND deleted_at IS NULL ORDER BY 2, id"#,
        &roles()
    )
    .fetch_all(db)
    .await?;
    Ok(colleagues)
}

/// Those who may add to an order can take care of it.
fn roles() -> Vec<String> {
    Right::NoteOrders.holders().iter().map(|role| role.code().to_owned()).collect()
}

/// Gives an order to a colleague, who finds it in the inbox, or with no name to nobody; `version` is the row's when the
/// form was drawn.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn assign(ctx: &Ctx, id: Uuid, version: i32, assignee: &str) -> Result<Outcome, AppError> {
    let to: Option<Uuid> = match assignee.trim() {
        "" => None,
        id => match id.parse() {
            Ok(id) => Some(id),
            Err(_) => return Ok(nobody_of_that_name().into()),
        },
    };
    let me = ctx.me.id;
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let order = sqlx::query!(
                "SELECT version, assigned_to FROM orders WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
                id
            )
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(AppError::NotFound)?;
            if order.assigned_to == to {
                return Ok(done(id, "It stays as it is."));
            }
            let since = changed_since(connection, "orders", &id.to_string(), version, order.version).await?;
            if let Some(change) = since.of("assigned_to") {
                let who = change.who.as_deref().unwrap_or("Somebody");
                let refusal = Refusal::conflict("The order was not given to anybody.")
                    .field("assignee", format!("{who} gave it to somebody meanwhile. Send again to replace that."));
                return Err(Refusal { version: Some(order.version), ..refusal }.into());
            }
            let name = match to {
                None => None,
                Some(to) => Some(colleague(connection, to).await?.ok_or_else(nobody_of_that_name)?),
            };
            let told = give(connection, me, id, to, true).await?;
            Ok(done(
                id,
                match name {
                    None => "Nobody takes care of the order now.".to_owned(),
                    Some(_) if to == Some(me) => "You take care of the order now.".to_owned(),
                    Some(name) if told => format!("{name} takes care of the order now and finds it in the inbox."),
                    Some(name) => format!("{name} takes care of the order now."),
                },
            ))
        })
    })
    .await;
    ctx.state.unread.forget_all().await;
    outcome
}

/// The name of a colleague who can take care of orders.
pub(super) async fn colleague(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"SELECT first_name || ' ' || last_name AS "name!" FROM users
           WHERE id = $1 AND role = ANY ($2) AND status = 'active' AND deleted_at IS NULL"#,
        id,
        &roles()
    )
    .fetch_optional(connection)
    .await
}

/// Gives an order to a colleague; `tells`: who finds it in the inbox, if they want to. Whether they do.
async fn give(connection: &mut PgConnection, me: Uuid, id: Uuid, to: Option<Uuid>, tells: bool) -> Result<bool, Stop> {
    sqlx::query!("UPDATE orders SET assigned_to = $2 WHERE id = $1", id, to).execute(&mut *connection).await?;
    if let Some(to) = to.filter(|to| tells && *to != me) {
        let told = sqlx::query!(
            "INSERT INTO inbox_items (user_id, kind, from_id, order_id)
             SELECT $1, 'assignment', $2, $3
             WHERE NOT EXISTS (SELECT 1 FROM user_preferences p WHERE p.user_id = $1 AND p.notifications -> 'assignment' = 'false')",
            to,
            me,
            id
        )
        .execute(connection)
        .await?;
        return Ok(told.rows_affected() == 1);
    }
    Ok(false)
}

/// Whose an order is, locked until the transaction ends.
async fn holder(connection: &mut PgConnection, id: Uuid) -> Result<Option<Uuid>, Stop> {
    let holder =
        sqlx::query_scalar!("SELECT assigned_to FROM orders WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", id)
            .fetch_optional(connection)
            .await?;
    Ok(holder.ok_or(AppError::NotFound)?)
}

/// Gives an order to a colleague or nobody, in a transaction. Whose it was.
pub(super) async fn assign_in(
    connection: &mut PgConnection,
    me: Uuid,
    id: Uuid,
    to: Option<Uuid>,
    tells: bool,
) -> Result<Option<Uuid>, Stop> {
    let was = holder(connection, id).await?;
    pass_on(connection, me, id, (was, to), tells).await?;
    Ok(was)
}

/// Gives an order back to whom it was taken from, unless it was given to somebody else since; in a transaction.
pub(super) async fn give_back_in(
    connection: &mut PgConnection,
    me: Uuid,
    id: Uuid,
    (was, is): (Option<Uuid>, Option<Uuid>),
) -> Result<(), Stop> {
    if holder(connection, id).await? != is {
        return Err(Refusal::conflict("It was given to somebody else since.").into());
    }
    pass_on(connection, me, id, (is, was), false).await
}

/// From one to another who can take care of it; the order is locked.
async fn pass_on(
    connection: &mut PgConnection,
    me: Uuid,
    id: Uuid,
    (from, to): (Option<Uuid>, Option<Uuid>),
    tells: bool,
) -> Result<(), Stop> {
    if let Some(to) = to
        && colleague(connection, to).await?.is_none()
    {
        return Err(nobody_of_that_name().into());
    }
    if from != to {
        give(connection, me, id, to, tells).await?;
    }
    Ok(())
}

fn nobody_of_that_name() -> Refusal {
    Refusal::input("The order was not given to anybody.").field("assignee", "Choose one of the colleagues.")
}
