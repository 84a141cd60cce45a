//! SQL of links.

use super::{
    issue::NewLink,
    token::{Kind, Signed},
};
use crate::server::keys::Keys;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who a link is for, as its mail says it.
#[derive(Debug)]
pub struct Addressee {
    /// First name.
    pub first_name: String,
    /// The company of the shop.
    pub company: String,
    /// Name of who asked for it.
    pub invited_by: Option<String>,
}

/// Locks a person until the transaction ends; links are made and used by who has this lock.
pub async fn lock_person(
    connection: &mut PgConnection,
    user_id: Uuid,
    by: Option<Uuid>,
) -> sqlx::Result<Option<Addressee>> {
    sqlx::query_as!(
        Addressee,
        r#"SELECT u.first_name, p.company,
                  (SELECT b.first_name || ' ' || b.last_name FROM users b WHERE b.id = $2) AS invited_by
           FROM users u CROSS JOIN shop_settings p WHERE u.id = $1 FOR NO KEY UPDATE OF u"#,
        user_id,
        by
    )
    .fetch_optional(connection)
    .await
}

/// Ends the open link of the same kind and makes a new one.
pub async fn insert(
    connection: &mut PgConnection,
    link: &NewLink,
    email: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Uuid> {
    sqlx::query!(
        "UPDATE access_links SET ended_at = $3 WHERE user_id = $1 AND kind = $2 AND used_at IS NULL AND ended_at IS NULL",
        link.user_id,
        link.kind.code(),
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!(
        "INSERT INTO access_links (kind, user_id, email, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        link.kind.code(),
        link.user_id,
        email,
        link.created_by,
        now,
        now + link.kind.good_for()
    )
    .fetch_one(connection)
    .await
}

/// A link and the person it is for.
#[derive(Clone, Debug)]
pub struct Found {
    /// `access_links.id`.
    pub id: Uuid,
    /// `access_links.kind`.
    pub kind: String,
    /// For whom.
    pub user_id: Uuid,
    /// Where it was sent.
    pub email: String,
    /// Not used, not ended, not too old; and the person works here and has the address that it was sent to.
    pub is_good: bool,
    /// The person has a second factor.
    pub has_factor: bool,
    /// The person's address.
    pub current_email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The company of the shop.
    pub company: String,
}

/// Looks a link up by its id.
pub async fn find(db: impl PgExecutor<'_>, id: Uuid, now: OffsetDateTime) -> sqlx::Result<Option<Found>> {
    sqlx::query_as!(
        Found,
        r#"SELECT l.id, l.kind, l.user_id, l.email, u.mfa_enabled AS has_factor, u.email AS current_email,
                  u.first_name, u.last_name, p.company,
                  l.used_at IS NULL AND l.ended_at IS NULL AND l.expires_at > $2
                      AND (l.kind = 'email' OR l.email = u.email)
                      AND u.role <> 'customer' AND u.status = 'active' AND u.deleted_at IS NULL
                      AND (u.locked_until IS NULL OR u.locked_until <= $2) AS "is_good!"
           FROM access_links l JOIN users u ON u.id = l.user_id CROSS JOIN shop_settings p WHERE l.id = $1"#,
        id,
        now
    )
    .fetch_optional(db)
    .await
}

/// The address of a link that still works; nothing for one that is dead, or without a key.
///
/// # Errors
/// When the database says no.
pub async fn address_of(
    db: impl PgExecutor<'_>,
    keys: &Keys,
    public_url: &str,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Option<String>> {
    let Some(found) = find(db, id, now).await?.filter(|found| found.is_good) else { return Ok(None) };
    let Some(kind) = Kind::parse(&found.kind) else { return Ok(None) };
    let signed = Signed { id: found.id, kind, user_id: found.user_id, email: &found.email };
    Ok(signed.address(keys, public_url).ok())
}

/// A member of staff who may sign in with this address.
pub async fn who_signs_in(db: impl PgExecutor<'_>, email: &str, now: OffsetDateTime) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM users
         WHERE email = $1 AND role <> 'customer' AND status = 'active' AND deleted_at IS NULL
           AND (locked_until IS NULL OR locked_until <= $2)",
        email,
        now
    )
    .fetch_optional(db)
    .await
}

/// A person's address.
pub async fn address(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT email FROM users WHERE id = $1", user_id).fetch_optional(db).await
}

/// A link, for who is about to use it: first its person is locked, as by who makes a link, then the link is looked up
/// as it is then.
pub async fn lock(
    connection: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Found>> {
    lock_person(connection, user_id, None).await?;
    find(connection, id, now).await
}

/// Marks a link as used. Before what it is used for: a change of the person ends their open links.
pub async fn end_by_use(connection: &mut PgConnection, id: Uuid, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("UPDATE access_links SET used_at = $2 WHERE id = $1", id, now).execute(connection).await?;
    Ok(())
}

/// Sets a password, and ends all sessions. Who has the link has the mailbox: the address is verified.
pub async fn set_password(
    connection: &mut PgConnection,
    user_id: Uuid,
    hash: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE users SET password_hash = $2, password_changed_at = $3, email_verified = true WHERE id = $1",
        user_id,
        hash,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("UPDATE user_sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL", user_id, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sets a verified address; false when another account has it.
pub async fn set_email(connection: &mut PgConnection, user_id: Uuid, email: &str) -> sqlx::Result<bool> {
    let set = sqlx::query!("UPDATE users SET email = $2, email_verified = true WHERE id = $1", user_id, email)
        .execute(connection)
        .await;
    match set {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}
