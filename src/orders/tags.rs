//! Tags on an order.

use super::service::done;
use crate::{
    auth::guard::Ctx,
    error::AppError,
    forms::{Outcome, Refusal},
    list::tags::{MOST_TAGS, changed, tags},
    server::{
        db::{Actor, Stop, act},
        since::changed_since,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Puts tags on an order and takes others off, in a transaction. The tags before and after.
pub(super) async fn change_in(
    connection: &mut PgConnection,
    id: Uuid,
    add: &[String],
    remove: &[String],
) -> Result<(Vec<String>, Vec<String>), Stop> {
    let now = sqlx::query_scalar!("SELECT tags FROM orders WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE", id)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let after = changed(&now, add, remove)
        .ok_or_else(|| Refusal::conflict(format!("It would have more than {MOST_TAGS} tags.")))?;
    if after != now {
        sqlx::query!("UPDATE orders SET tags = $2 WHERE id = $1", id, &after).execute(connection).await?;
    }
    Ok((now, after))
}

/// Gives an order these tags instead of those it had.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn set_tags(ctx: &Ctx, id: Uuid, version: &str, text: &str) -> Result<Outcome, AppError> {
    let tags = match tags(text) {
        Ok(tags) => tags,
        Err(problem) => return Ok(Refusal::input("The tags were not changed.").field("tags", problem).into()),
    };
    let Ok(version) = version.parse::<i32>() else {
        return Ok(Refusal::input("This form is incomplete. Load the page again.").into());
    };
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = sqlx::query!(
                "SELECT version, tags FROM orders WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
                id
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(now) = now else { return Err(AppError::NotFound.into()) };
            // sent twice, or another had the same thought: there is nothing to do
            if now.tags != tags {
                let since = changed_since(connection, "orders", &id.to_string(), version, now.version).await?;
                if let Some(change) = since.of("tags") {
                    let theirs = if now.tags.is_empty() { "none".to_owned() } else { now.tags.join(", ") };
                    let who = change.who.as_deref().unwrap_or("The system");
                    let problem = format!("{who} changed the tags meanwhile; they are now: {theirs}. Yours are kept here; send again to replace theirs.");
                    let refusal = Refusal::conflict("The tags were not changed.").field("tags", problem);
                    return Err(Stop::Refused(Refusal { version: Some(now.version), ..refusal }));
                }
                sqlx::query!("UPDATE orders SET tags = $2 WHERE id = $1", id, &tags).execute(&mut *connection).await?;
            }
            Ok(done(id, "Tags saved."))
        })
    })
    .await
}
