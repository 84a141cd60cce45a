//! SQL of signing in and of the chosen look.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// What sign-in needs to know of a user.
#[derive(Debug)]
pub struct Candidate {
    /// `users.id`.
    pub id: Uuid,
    /// PHC string, or something that no password matches.
    pub password_hash: String,
    /// Staff, active, not deleted.
    pub may_sign_in: bool,
}

/// Finds a user by address (lower case).
///
/// # Errors
/// When the database says no.
pub async fn find_for_sign_in(db: &PgPool, email: &str) -> sqlx::Result<Option<Candidate>> {
    sqlx::query_as!(
        Candidate,
        r#"SELECT id, password_hash,
                  role <> 'customer' AND status = 'active' AND deleted_at IS NULL AS "may_sign_in!"
           FROM users WHERE email = $1"#,
        email
    )
    .fetch_optional(db)
    .await
}

/// Keeps each attempt in `user_activity`, and the last sign-in with its user; one statement.
///
/// # Errors
/// When the database says no.
pub async fn note_attempt(db: &PgPool, user_id: Option<Uuid>, success: bool, user_agent: &str) -> sqlx::Result<()> {
    let action = if success { "sign_in" } else { "sign_in_failed" };
    sqlx::query!(
        r#"WITH seen AS (UPDATE users SET last_login_at = now() WHERE id = $1 AND $2)
           INSERT INTO user_activity (user_id, action_type, user_agent) VALUES ($1, $3, left($4, 400))"#,
        user_id,
        success,
        action,
        user_agent,
    )
    .execute(db)
    .await?;
    Ok(())
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
