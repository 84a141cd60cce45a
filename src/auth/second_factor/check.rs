//! One try at a code.

use super::{SecretKind, place, recovery, totp};
use crate::{error::AppError, server::state::AppState};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Wrong codes in a row before the wait begins.
const FREE: i32 = 5;
/// The first wait; each wrong code doubles it.
const FIRST_WAIT: f64 = 30.0;
/// The longest.
const LONGEST_WAIT: f64 = 3_600.0;

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// The app's code of now.
    Code,
    /// A recovery code, which is used up.
    Recovery,
    /// No code, a wrong one, or one that was used before.
    Wrong,
    /// Too many wrong ones: seconds until the next try.
    Wait(u32),
    /// The person has no second factor.
    None,
}

/// Tries a code: of the app, or a recovery code when `or_recovery`.
///
/// # Errors
/// When the database says no, or the secret can't be opened.
pub async fn code(state: &AppState, user_id: Uuid, typed: &str, or_recovery: bool) -> Result<Checked, AppError> {
    let now = state.clock.now();
    let Some(secret) = count(&state.db, user_id, now).await? else {
        return Ok(match wait(&state.db, user_id, now).await? {
            Some(seconds) => Checked::Wait(seconds),
            None => Checked::None,
        });
    };
    let secret = state.config.keys.open(&place(SecretKind::InUse, user_id), &secret).map_err(|error| {
        tracing::error!(%error, "a second factor can't be opened");
        AppError::Unexpected { request_id: "none".into() }
    })?;
    if let Some(step) = totp::step_of(&secret, typed, now.unix_timestamp()) {
        let won = sqlx::query!(
            "UPDATE second_factors SET last_step = $2, wrong_codes = 0, wrong_at = NULL WHERE user_id = $1 AND last_step < $2",
            user_id,
            step
        )
        .execute(&state.db)
        .await?;
        return Ok(if won.rows_affected() == 1 { Checked::Code } else { Checked::Wrong });
    }
    if let Some(hash) = recovery::hash(typed).filter(|_| or_recovery) {
        let won = sqlx::query!(
            "WITH used AS (UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING user_id)
             UPDATE second_factors f SET wrong_codes = 0, wrong_at = NULL FROM used WHERE f.user_id = used.user_id",
            user_id,
            hash,
            now
        )
        .execute(&state.db)
        .await?;
        if won.rows_affected() == 1 {
            return Ok(Checked::Recovery);
        }
    }
    Ok(Checked::Wrong)
}

/// Counts a try before it is made, and gives the encrypted secret; nothing while the person must wait, or has none.
async fn count(db: &PgPool, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"UPDATE second_factors f SET wrong_codes = wrong_codes + 1, wrong_at = $2
           FROM users u
           WHERE f.user_id = $1 AND u.id = f.user_id AND u.mfa_enabled
             AND (wrong_codes < $3 OR wrong_at IS NULL
                  OR wrong_at + least($5, $4 * power(2, least(wrong_codes, 30) - $3)) * interval '1 second' <= $2)
           RETURNING u.mfa_secret AS "mfa_secret!""#,
        user_id,
        now,
        FREE,
        FIRST_WAIT,
        LONGEST_WAIT,
    )
    .fetch_optional(db)
    .await
}

/// Seconds that the person must wait; nothing: they needn't, or have no second factor.
async fn wait(db: &PgPool, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<Option<u32>> {
    let row = sqlx::query!(
        r#"SELECT f.wrong_codes, f.wrong_at AS "wrong_at!" FROM second_factors f JOIN users u ON u.id = f.user_id
           WHERE f.user_id = $1 AND u.mfa_enabled AND f.wrong_codes >= $2 AND f.wrong_at IS NOT NULL"#,
        user_id,
        FREE
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let wait = (FIRST_WAIT * f64::powi(2.0, (row.wrong_codes - FREE).min(30))).min(LONGEST_WAIT);
        let left = row.wrong_at + Duration::seconds_f64(wait) - now;
        u32::try_from(left.whole_seconds().max(0) + 1).unwrap_or(1)
    }))
}
