//! Setting up a second factor and taking it away.

use super::{SecretKind, place, recovery, totp};
use crate::{
    auth::model::Enrolment,
    error::AppError,
    forms::Refusal,
    server::{db::Stop, keys::KeyError, state::AppState},
};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long a secret that is shown waits for its first code.
const SHOWN_FOR: Duration = Duration::hours(1);
/// How long it is shown again instead of a new one.
const FRESH_FOR: Duration = Duration::minutes(30);

/// Makes a secret to be shown; one that is still fresh stays, so that a page drawn twice shows the same.
///
/// # Errors
/// Without a key or randomness, and when the database says no.
pub async fn begin(connection: &mut PgConnection, state: &AppState, user_id: Uuid) -> Result<(), Stop> {
    let mut secret = [0_u8; totp::SECRET];
    getrandom::fill(&mut secret).map_err(|error| failed(&error.to_string()))?;
    let closed = state.config.keys.close(&place(SecretKind::Pending, user_id), &secret).map_err(key_failed)?;
    let now = state.clock.now();
    sqlx::query!(
        "INSERT INTO second_factors AS f (user_id, pending_secret, pending_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET pending_secret = $2, pending_at = $3
         WHERE f.pending_at IS NULL OR f.pending_at < $4",
        user_id,
        closed,
        now,
        now - FRESH_FOR
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The secret that waits for its first code, to be shown to the person it belongs to.
///
/// # Errors
/// When it can't be opened, and when the database says no.
pub async fn pending(state: &AppState, user_id: Uuid) -> Result<Option<Enrolment>, AppError> {
    let row = sqlx::query!(
        r#"SELECT f.pending_secret AS "secret!", u.email FROM second_factors f JOIN users u ON u.id = f.user_id
           WHERE f.user_id = $1 AND f.pending_at > $2"#,
        user_id,
        state.clock.now() - SHOWN_FOR
    )
    .fetch_optional(&state.db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let place = place(SecretKind::Pending, user_id);
    let secret = state.config.keys.open(&place, &row.secret).map_err(|error| unexpected(&error.to_string()))?;
    let drawn = totp::address(&secret, &row.email).and_then(|address| totp::picture(&address));
    let (size, path) = drawn.ok_or_else(|| unexpected("a secret can't be drawn"))?;
    Ok(Some(Enrolment { manual_key: totp::manual_key(&secret), size, path }))
}

/// Takes the first code: from now on the person has a second factor. Gives the recovery codes, to be shown once.
///
/// # Errors
/// A refusal beside `code`; without randomness or a key; when the database says no.
pub async fn confirm(
    connection: &mut PgConnection,
    state: &AppState,
    user_id: Uuid,
    typed: &str,
) -> Result<Vec<String>, Stop> {
    let now = state.clock.now();
    let waiting = sqlx::query_scalar!(
        r#"SELECT pending_secret AS "secret!" FROM second_factors WHERE user_id = $1 AND pending_at > $2 FOR UPDATE"#,
        user_id,
        now - SHOWN_FOR
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(closed) = waiting else {
        return Err(Refusal::conflict(
            "This code was shown too long ago. Nothing was changed: begin again and scan the new one.",
        )
        .into());
    };
    let keys = &state.config.keys;
    let secret = keys.open(&place(SecretKind::Pending, user_id), &closed).map_err(key_failed)?;
    let Some(step) = totp::step_of(&secret, typed, now.unix_timestamp()) else {
        let message = "This isn't the code that the app shows now. Wait for the next one; if it stays wrong, check the clock of the phone.";
        return Err(Refusal::input("The second factor isn't set up yet.").field("code", message).into());
    };
    let closed = keys.close(&place(SecretKind::InUse, user_id), &secret).map_err(key_failed)?;
    sqlx::query!("UPDATE users SET mfa_secret = $2, mfa_enabled = true WHERE id = $1", user_id, closed)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "UPDATE second_factors SET pending_secret = NULL, pending_at = NULL, last_step = $2, wrong_codes = 0, wrong_at = NULL,
                confirmed_at = $3
         WHERE user_id = $1",
        user_id,
        step,
        now
    )
    .execute(&mut *connection)
    .await?;
    new_codes(connection, user_id, now).await
}

/// Makes new recovery codes, to be shown once; the old ones die.
///
/// # Errors
/// Without randomness, and when the database says no.
pub async fn new_codes(connection: &mut PgConnection, user_id: Uuid, now: OffsetDateTime) -> Result<Vec<String>, Stop> {
    let codes = recovery::new_codes().map_err(|error| failed(&error.to_string()))?;
    let hashes: Vec<Vec<u8>> = codes.iter().filter_map(|code| recovery::hash(code)).collect();
    // two statements: one that deletes and inserts would see the old rows in its unique index
    sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", user_id).execute(&mut *connection).await?;
    sqlx::query!(
        "INSERT INTO recovery_codes (user_id, code_hash, created_at) SELECT $1, hash, $3 FROM unnest($2::bytea[]) AS hash",
        user_id,
        &hashes,
        now
    )
    .execute(connection)
    .await?;
    Ok(codes)
}

/// Takes a person's second factor away; returns whether they had one, or had begun to.
///
/// # Errors
/// When the database says no.
pub async fn remove(connection: &mut PgConnection, user_id: Uuid) -> Result<bool, Stop> {
    sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", user_id).execute(&mut *connection).await?;
    let begun =
        sqlx::query!("DELETE FROM second_factors WHERE user_id = $1", user_id).execute(&mut *connection).await?;
    let had =
        sqlx::query!("UPDATE users SET mfa_secret = NULL, mfa_enabled = false WHERE id = $1 AND mfa_enabled", user_id)
            .execute(connection)
            .await?;
    Ok(begun.rows_affected() + had.rows_affected() > 0)
}

fn key_failed(error: KeyError) -> Stop {
    failed(&error.to_string())
}

fn failed(why: &str) -> Stop {
    Stop::Failed(unexpected(why))
}

fn unexpected(why: &str) -> AppError {
    tracing::error!(why, "second factor");
    AppError::Unexpected { request_id: "none".into() }
}
