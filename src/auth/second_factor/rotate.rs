//! `techally rotate-keys`: secrets that an older key closed are closed anew with the one in use.

use super::{SecretKind, place};
use crate::server::{
    db::{Actor, Stop, transact},
    keys::Keys,
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Rows of a transaction.
const BATCH: i64 = 100;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Secrets written anew.
    pub rotated: u64,
    /// Secrets that the key in use had closed before.
    pub current: u64,
    /// Secrets that no configured key opens: their people need a reset of their second factor.
    pub lost: u64,
}

/// Writes all secrets anew that the first key has not closed. May run beside servers that have both keys, and again.
///
/// # Errors
/// When the database says no.
pub async fn rotate(db: &PgPool, keys: &Keys) -> Result<Report, Stop> {
    let mut report = Report::default();
    for kind in [SecretKind::InUse, SecretKind::Pending] {
        let mut after = Uuid::nil();
        loop {
            let keys = keys.clone();
            let actor = Actor::system("rotate-keys", "a new encryption key");
            let (last, part) =
                transact(db, actor, move |connection| Box::pin(batch(connection, keys, kind, after))).await?;
            report.rotated += part.rotated;
            report.current += part.current;
            report.lost += part.lost;
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok(report)
}

/// The next rows after an id, locked; the id of the last of them.
async fn batch(
    connection: &mut PgConnection,
    keys: Keys,
    kind: SecretKind,
    after: Uuid,
) -> Result<(Option<Uuid>, Report), Stop> {
    let rows: Vec<(Uuid, String)> = match kind {
        SecretKind::InUse => sqlx::query!(
            r#"SELECT id, mfa_secret AS "secret!" FROM users WHERE mfa_secret IS NOT NULL AND id > $1 ORDER BY id LIMIT $2 FOR UPDATE"#,
            after,
            BATCH
        )
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| (row.id, row.secret))
        .collect(),
        SecretKind::Pending => sqlx::query!(
            r#"SELECT user_id, pending_secret AS "secret!" FROM second_factors
               WHERE pending_secret IS NOT NULL AND user_id > $1 ORDER BY user_id LIMIT $2 FOR UPDATE"#,
            after,
            BATCH
        )
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| (row.user_id, row.secret))
        .collect(),
    };
    let last = rows.last().map(|(id, _)| *id);
    let mut report = Report::default();
    for (id, stored) in rows {
        if keys.is_current(&stored) {
            report.current += 1;
            continue;
        }
        let place = place(kind, id);
        let Ok(closed) = keys.open(&place, &stored).and_then(|secret| keys.close(&place, &secret)) else {
            tracing::warn!(user = %id, "a secret that no configured key opens");
            report.lost += 1;
            continue;
        };
        match kind {
            SecretKind::InUse => {
                sqlx::query!("UPDATE users SET mfa_secret = $2 WHERE id = $1", id, closed)
                    .execute(&mut *connection)
                    .await?
            }
            SecretKind::Pending => {
                sqlx::query!("UPDATE second_factors SET pending_secret = $2 WHERE user_id = $1", id, closed)
                    .execute(&mut *connection)
                    .await?
            }
        };
        report.rotated += 1;
    }
    Ok((last, report))
}
