//! Between password and code: no session, so that nothing answers but the page for the code. The browser has a cookie of
//! its own for it, good for ten minutes and one sign-in.

use super::{guard::add_header, store::Candidate};
use crate::{
    error::AppError,
    server::{hex::hex, sessions, state::AppState},
};
use http::{header, request::Parts};
use sha2::{Digest, Sha256};
use time::Duration;
use uuid::Uuid;

/// How long the code is waited for.
const GOOD_FOR: Duration = Duration::minutes(10);
/// Hexadecimal digits of the cookie.
const TOKEN: usize = 32;
/// Its cookie's name, without and with TLS.
const COOKIES: [&str; 2] = ["techally-step", "__Host-techally-step"];

/// A sign-in that waits for its code.
#[derive(Clone, Debug)]
pub struct Step {
    /// Who gave the right password.
    pub user_id: Uuid,
    /// Where they were going.
    pub next: String,
    /// There is no second factor yet, and the role must have one: it is set up here.
    pub must_enrol: bool,
    token_hash: Vec<u8>,
}

/// Notes that the password was right, and gives the browser its cookie.
///
/// # Errors
/// Without randomness, and when the database says no.
pub async fn begin(state: &AppState, user: &Candidate, next: &str) -> Result<(), AppError> {
    let mut bits = [0_u8; TOKEN / 2];
    getrandom::fill(&mut bits).map_err(|error| {
        tracing::error!(%error, "no randomness");
        AppError::Unexpected { request_id: "none".into() }
    })?;
    let token = hex(&bits);
    let (token_hash, now) = (Sha256::digest(&token).to_vec(), state.clock.now());
    sqlx::query!(
        "WITH old AS (DELETE FROM sign_in_steps WHERE expires_at < $4)
         INSERT INTO sign_in_steps (token_hash, user_id, next, created_at, expires_at) VALUES ($1, $2, left($3, 2000), $4, $5)",
        token_hash,
        user.id,
        next,
        now,
        now + GOOD_FOR
    )
    .execute(&state.db)
    .await?;
    set_cookie(state, &token, GOOD_FOR.whole_seconds());
    Ok(())
}

/// The sign-in that this browser is in the middle of, if its person may still sign in.
///
/// # Errors
/// When the database says no.
pub async fn current(state: &AppState, parts: &Parts) -> Result<Option<Step>, AppError> {
    let token = sessions::cookie(&parts.headers, name(state)).filter(|token| token.len() == TOKEN);
    let Some(token) = token else { return Ok(None) };
    let token_hash = Sha256::digest(token).to_vec();
    let row = sqlx::query!(
        r#"SELECT s.user_id, s.next, NOT u.mfa_enabled AS "must_enrol!"
           FROM sign_in_steps s JOIN users u ON u.id = s.user_id
           WHERE s.token_hash = $1 AND s.expires_at > $2
             AND u.role <> 'customer' AND u.status = 'active' AND u.deleted_at IS NULL
             AND (u.locked_until IS NULL OR u.locked_until <= $2)"#,
        token_hash,
        state.clock.now()
    )
    .fetch_optional(&state.db)
    .await?;
    Ok(row.map(|row| Step { user_id: row.user_id, next: row.next, must_enrol: row.must_enrol, token_hash }))
}

/// Ends it; false when another request did so first.
///
/// # Errors
/// When the database says no.
pub async fn end(state: &AppState, step: &Step) -> Result<bool, AppError> {
    let ended =
        sqlx::query!("DELETE FROM sign_in_steps WHERE token_hash = $1", step.token_hash).execute(&state.db).await?;
    set_cookie(state, "", 0);
    Ok(ended.rows_affected() == 1)
}

fn name(state: &AppState) -> &'static str {
    COOKIES[usize::from(state.config.is_secure())]
}

fn set_cookie(state: &AppState, token: &str, age: i64) {
    let secure = if state.config.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}", name(state));
    add_header(header::SET_COOKIE, &cookie);
}
