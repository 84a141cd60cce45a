//! Suspending and reactivating customers. A trigger (`end_access`) ends their sessions with it. About colleagues the pages
//! of staff decide.

use super::model::Status;
use crate::{auth::model::Role, error::AppError, forms::Refusal, server::db::Stop};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Why the account of somebody with this role and status can't get another one; nothing: it can.
#[must_use]
pub fn why_not(role: Role, status: Status, to: Status) -> Option<String> {
    if role != Role::Customer {
        return Some("This is a colleague: a super admin decides that, under Staff.".into());
    }
    if status == Status::Deleted {
        return Some("The account is deleted.".into());
    }
    (status == to).then(|| format!("It is {} already.", to.label().to_ascii_lowercase()))
}

/// Gives a customer's account a status, in a transaction; `until` is the end of a suspension. The status before.
///
/// # Errors
/// When it can't be done, nobody of that id is there, or the database says no.
pub async fn set_in(
    connection: &mut PgConnection,
    id: Uuid,
    to: Status,
    until: Option<OffsetDateTime>,
) -> Result<Status, Stop> {
    let now = sqlx::query!("SELECT role, status FROM users WHERE id = $1 FOR NO KEY UPDATE", id)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let (role, status) = (role_of(&now.role)?, status_of(&now.status)?);
    if let Some(why) = why_not(role, status, to) {
        return Err(Refusal::conflict(why).into());
    }
    sqlx::query!("UPDATE users SET status = $2, suspended_until = $3 WHERE id = $1", id, to.code(), until)
        .execute(connection)
        .await?;
    Ok(status)
}

/// Ends a lock after wrong passwords, of a customer or a colleague, in a transaction.
///
/// # Errors
/// When the database says no.
pub async fn unlock_in(connection: &mut PgConnection, id: Uuid) -> Result<(), Stop> {
    sqlx::query!("UPDATE users SET locked_until = NULL, failed_login_attempts = 0 WHERE id = $1", id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sets back what [`set_in`] did, unless it was changed since.
///
/// # Errors
/// As [`set_in`].
pub async fn set_back_in(connection: &mut PgConnection, id: Uuid, was: Status, is: Status) -> Result<(), Stop> {
    let now = sqlx::query_scalar!("SELECT status FROM users WHERE id = $1 FOR NO KEY UPDATE", id)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(AppError::NotFound)?;
    if now != is.code() {
        return Err(Refusal::conflict(format!("It was changed since: it is {now} now, and stays so.")).into());
    }
    set_in(connection, id, was, None).await?;
    Ok(())
}

/// The role that a row has.
///
/// # Errors
/// When this version doesn't know it.
pub fn role_of(code: &str) -> Result<Role, AppError> {
    Role::parse(code).ok_or_else(|| sqlx::Error::Decode(format!("users.role is “{code}”").into()).into())
}

/// The status that a row has.
///
/// # Errors
/// When this version doesn't know it.
pub fn status_of(code: &str) -> Result<Status, AppError> {
    Status::parse(code).ok_or_else(|| sqlx::Error::Decode(format!("users.status is “{code}”").into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_suspended_and_colleagues_are_not() {
        let why = |role, status| why_not(role, status, Status::Suspended);
        assert_eq!(why(Role::Customer, Status::Active), None);
        assert_eq!(why(Role::Customer, Status::Inactive), None);
        assert_eq!(why(Role::Customer, Status::Suspended).unwrap(), "It is suspended already.");
        assert!(why(Role::Customer, Status::Deleted).unwrap().contains("deleted"));
        for role in Role::STAFF {
            assert!(why(role, Status::Active).unwrap().contains("colleague"));
        }
    }
}
