//! Tags on a person.

use crate::{
    error::AppError,
    forms::Refusal,
    list::tags::{MOST_TAGS, changed},
    server::db::Stop,
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Puts tags on a person and takes others off, in a transaction. The tags before and after.
pub(super) async fn change_in(
    connection: &mut PgConnection,
    id: Uuid,
    add: &[String],
    remove: &[String],
) -> Result<(Vec<String>, Vec<String>), Stop> {
    let now = sqlx::query_scalar!("SELECT tags FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE", id)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let after = changed(&now, add, remove)
        .ok_or_else(|| Refusal::conflict(format!("There would be more than {MOST_TAGS} tags.")))?;
    if after != now {
        sqlx::query!("UPDATE users SET tags = $2 WHERE id = $1", id, &after).execute(connection).await?;
    }
    Ok((now, after))
}
