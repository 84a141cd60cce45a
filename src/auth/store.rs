//! SQL of signing in and of the chosen look.

use super::model::{Me, Right, Role};
use crate::stamp::{DEFAULT_LOCALE, DEFAULT_ZONE};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// What sign-in needs to know of a user.
#[derive(Debug)]
pub struct Candidate {
    /// `users.id`.
    pub id: Uuid,
    /// PHC string, or something that no password matches.
    pub password_hash: String,
    /// Staff, active, not deleted, not locked.
    pub may_sign_in: bool,
    /// Signed in with this browser before.
    pub known_device: bool,
    /// A code is asked for after the password.
    pub has_factor: bool,
    /// There is none, and the role must have one by now.
    pub must_enrol: bool,
}

/// Finds a user by address (lower case); `device` is the hash of the browser's own cookie.
///
/// # Errors
/// When the database says no.
pub async fn find_for_sign_in(
    db: &PgPool,
    email: &str,
    device: Option<&[u8]>,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Candidate>> {
    sqlx::query_as!(
        Candidate,
        r#"SELECT id, password_hash,
                  role <> 'customer' AND status = 'active' AND deleted_at IS NULL
                      AND (locked_until IS NULL OR locked_until <= $3) AS "may_sign_in!",
                  mfa_enabled AS has_factor,
                  NOT mfa_enabled AND role IN ('admin', 'super_admin')
                      AND COALESCE((SELECT role_since + make_interval(days => second_factor_grace_days) <= $3 FROM shop_settings), false) AS "must_enrol!",
                  EXISTS (SELECT 1 FROM known_devices d WHERE d.token_hash = $2 AND d.user_id = users.id) AS "known_device!"
           FROM users WHERE email = $1"#,
        email,
        device,
        now,
    )
    .fetch_optional(db)
    .await
}

/// The stored hash of a person's password.
///
/// # Errors
/// When the database says no.
pub async fn password_hash(db: &PgPool, id: Uuid) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT password_hash FROM users WHERE id = $1", id).fetch_optional(db).await
}

/// How many recovery codes a person has left.
///
/// # Errors
/// When the database says no.
pub async fn codes_left(db: &PgPool, id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL"#, id)
        .fetch_one(db)
        .await
}

/// A member of staff who may sign in, with the role of now; nothing for anybody else.
///
/// # Errors
/// When the database says no.
pub async fn person(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Me>> {
    let row = sqlx::query!(
        r#"SELECT u.first_name || ' ' || u.last_name AS "name!", u.role, p.time_zone AS "time_zone?", p.locale AS "locale?",
                  ARRAY(SELECT r.right_name FROM access_requests r
                        WHERE r.user_id = u.id AND r.state = 'granted' AND r.ends_at > now()) AS "lent!"
           FROM users u LEFT JOIN user_preferences p ON p.user_id = u.id
           WHERE u.id = $1 AND u.status = 'active' AND u.deleted_at IS NULL AND u.role <> 'customer'
             AND (u.locked_until IS NULL OR u.locked_until <= now())"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| {
        Some(Me {
            id,
            name: row.name,
            role: Role::parse(&row.role)?,
            lent: rights(&row.lent),
            avatar: String::new(),
            time_zone: row.time_zone.unwrap_or_else(|| DEFAULT_ZONE.into()),
            locale: row.locale.unwrap_or_else(|| DEFAULT_LOCALE.into()),
            theme: "system".into(),
            density: "compact".into(),
        })
    }))
}

/// The page that a person wants to begin with, and the person, when it is another than the start page.
///
/// # Errors
/// When the database says no.
pub async fn start_page(db: &PgPool, id: Uuid) -> sqlx::Result<Option<(String, Me)>> {
    let chosen =
        sqlx::query_scalar!("SELECT start_page FROM user_preferences WHERE user_id = $1 AND start_page <> '/'", id)
            .fetch_optional(db)
            .await?;
    let Some(chosen) = chosen else { return Ok(None) };
    Ok(person(db, id).await?.map(|me| (chosen, me)))
}

/// Rights by their stored forms; what isn't known any more is left out.
#[must_use]
pub fn rights(codes: &[String]) -> Vec<Right> {
    codes.iter().filter_map(|code| Right::parse(code)).filter(|right| right.is_lendable()).collect()
}

/// An attempt to sign in, for `user_activity`.
#[derive(Debug)]
pub struct Attempt {
    /// Whose address it was, when it is anybody's.
    pub user_id: Option<Uuid>,
    /// `sign_in`, `sign_in_failed`, `sign_in_limited`, `code_failed`, `proved`, `proof_failed`, …
    pub action: &'static str,
    /// The client's address.
    pub ip: Option<String>,
    /// What the browser calls itself.
    pub user_agent: String,
    /// When.
    pub at: OffsetDateTime,
}

/// Keeps each attempt in `user_activity`, and the last sign-in with its user; one statement.
///
/// # Errors
/// When the database says no.
pub async fn note_attempt(db: &PgPool, attempt: Attempt) -> sqlx::Result<()> {
    sqlx::query!(
        r#"WITH seen AS (UPDATE users SET last_login_at = $5 WHERE id = $1 AND $2 = 'sign_in')
           INSERT INTO user_activity (user_id, action_type, ip, user_agent, "timestamp")
           VALUES ($1, $2, ($3::text)::inet, left($4, 400), $5)"#,
        attempt.user_id,
        attempt.action,
        attempt.ip,
        attempt.user_agent,
        attempt.at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers a browser under a new token: who was known on it before stays known, and a token that was planted
/// or copied is worth nothing after the next sign-in. Returns whether it is a new one of a person who has others.
///
/// # Errors
/// When the database says no.
pub async fn know_device(
    db: &PgPool,
    user_id: Uuid,
    old: Option<&[u8]>,
    new: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"WITH moved AS (
               UPDATE known_devices SET token_hash = $3 WHERE token_hash = $2 AND user_id <> $1),
           gone AS (DELETE FROM known_devices WHERE token_hash = $2 AND user_id = $1 RETURNING user_id)
           INSERT INTO known_devices (token_hash, user_id, created_at, last_used_at) VALUES ($3, $1, $4, $4)
           RETURNING NOT EXISTS (SELECT 1 FROM gone)
                     AND EXISTS (SELECT 1 FROM known_devices d WHERE d.user_id = $1) AS "is_new!""#,
        user_id,
        old,
        new,
        now,
    )
    .fetch_one(db)
    .await
}

/// Keeps theme and density of a person; an empty one stays as it is.
///
/// # Errors
/// When the database says no.
pub async fn set_look(db: &mut PgConnection, user_id: Uuid, theme: &str, density: &str) -> sqlx::Result<()> {
    sqlx::query!(
        r#"INSERT INTO user_preferences AS p (user_id, theme, density)
           VALUES ($1, COALESCE(NULLIF($2, ''), 'system'), COALESCE(NULLIF($3, ''), 'compact'))
           ON CONFLICT (user_id) DO UPDATE
           SET theme = COALESCE(NULLIF($2, ''), p.theme), density = COALESCE(NULLIF($3, ''), p.density)"#,
        user_id,
        theme,
        density,
    )
    .execute(db)
    .await?;
    Ok(())
}
