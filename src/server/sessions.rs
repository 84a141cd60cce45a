//! Sessions in `user_sessions`, behind tower-sessions.
//!
//! The cookie holds 128 random bits; the table holds their SHA-256 only. One statement reads the session
//! and its person, so a revoked session or a suspended person is out at the next request. A save never
//! revives a revoked row, and rows are made at sign-in only: an anonymous visitor has none.

use crate::auth::{
    guard::CurrentUser,
    model::{Me, Role},
};
use crate::{forms::PageNotes, server::config::Config};
use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// Record key of the signed-in person's id; set at sign-in.
pub const USER_ID: &str = "user_id";
/// Record key of the browser's name, kept in its own column.
pub const USER_AGENT: &str = "user_agent";
/// Record key of the message for the next page.
pub const FLASH: &str = "flash";
/// Record key under which a loaded session carries its person; never stored.
const ME: &str = "me";

/// The store over `user_sessions`.
#[derive(Clone, Debug)]
pub struct PgSessions {
    db: PgPool,
}

/// The layer that reads and writes the session cookie.
#[must_use]
pub fn layer(db: PgPool, config: &Config) -> SessionManagerLayer<PgSessions> {
    SessionManagerLayer::new(PgSessions { db })
        .with_name(config.cookie_name())
        .with_secure(config.is_secure())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        // ends with the browser; the limits that count (30 minutes idle, 12 hours) are the table's
        .with_expiry(Expiry::OnSessionEnd)
}

/// Puts the signed-in person and the message of the last post into the request.
pub async fn identify(mut request: Request, next: Next) -> Response {
    if let Some(session) = request.extensions().get::<Session>().cloned() {
        // a session that can't be read is no session: fail closed
        let me = session.get::<Me>(ME).await.unwrap_or_default();
        if let Some(me) = me {
            request.extensions_mut().insert(CurrentUser(me));
            if request.method() == http::Method::GET
                && let Ok(Some(flash)) = session.get::<String>(FLASH).await
            {
                let _ = session.remove_value(FLASH).await;
                request.extensions_mut().insert(PageNotes { flash: Some(flash), ..PageNotes::default() });
            }
        }
    }
    next.run(request).await
}

fn token_hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

fn backend(error: sqlx::Error) -> Error {
    tracing::error!(%error, "session store");
    Error::Backend("the session store can't be reached".into())
}

fn data_without_person(record: &Record) -> Value {
    Value::Object(
        record
            .data
            .iter()
            .filter(|(key, _)| ![ME, USER_ID, USER_AGENT].contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

#[async_trait]
impl SessionStore for PgSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let text = |key: &str| record.data.get(key).and_then(Value::as_str);
        let user_id = text(USER_ID)
            .and_then(|id| id.parse::<uuid::Uuid>().ok())
            .ok_or_else(|| Error::Encode("a session is made at sign-in only".into()))?;
        let user_agent = text(USER_AGENT).map(str::to_owned);
        // 128 random bits don't collide; if they did, sign-in fails and is repeated
        sqlx::query!(
            "INSERT INTO user_sessions (user_id, token_hash, data, user_agent, expires_at)
             VALUES ($1, $2, $3, left($4, 400), now() + interval '12 hours')",
            user_id,
            token_hash(&record.id),
            data_without_person(record),
            user_agent,
        )
        .execute(&self.db)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        sqlx::query!(
            "UPDATE user_sessions SET data = $2
             WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > now()",
            token_hash(&record.id),
            data_without_person(record),
        )
        .execute(&self.db)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let hash = token_hash(id);
        let row = sqlx::query!(
            r#"SELECT s.data, s.expires_at, s.last_seen_at < now() - interval '1 minute' AS "stale!",
                      u.id AS user_id, u.first_name || ' ' || u.last_name AS "name!", u.role AS "role!",
                      p.time_zone AS "time_zone?", p.theme AS "theme?", p.density AS "density?"
               FROM user_sessions s
               JOIN users u ON u.id = s.user_id
               LEFT JOIN user_preferences p ON p.user_id = u.id
               WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
                 AND s.last_seen_at > now() - interval '30 minutes'
                 AND u.status = 'active' AND u.deleted_at IS NULL AND u.role <> 'customer'"#,
            hash
        )
        .fetch_optional(&self.db)
        .await
        .map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let Some(role) = Role::parse(&row.role) else { return Ok(None) };
        if row.stale {
            touch(self.db.clone(), hash);
        }
        let me = Me {
            id: row.user_id,
            name: row.name,
            role,
            time_zone: row.time_zone.unwrap_or_else(|| "Europe/Berlin".into()),
            theme: row.theme.unwrap_or_else(|| "system".into()),
            density: row.density.unwrap_or_else(|| "compact".into()),
        };
        let Value::Object(stored) = row.data else {
            return Err(Error::Decode("session data is no object".into()));
        };
        let mut data: std::collections::HashMap<String, Value> = stored.into_iter().collect();
        data.insert(USER_ID.into(), Value::String(me.id.to_string()));
        data.insert(ME.into(), serde_json::to_value(&me).map_err(|error| Error::Encode(error.to_string()))?);
        Ok(Some(Record { id: *id, data, expiry_date: row.expires_at }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sqlx::query!(
            "UPDATE user_sessions SET revoked_at = now() WHERE token_hash = $1 AND revoked_at IS NULL",
            token_hash(id)
        )
        .execute(&self.db)
        .await
        .map_err(backend)?;
        Ok(())
    }
}

/// Notes that the session is in use: at most once a minute, beside the request.
fn touch(db: PgPool, hash: Vec<u8>) {
    tokio::spawn(async move {
        let touched = sqlx::query!(
            "UPDATE user_sessions SET last_seen_at = now() WHERE token_hash = $1 AND revoked_at IS NULL",
            hash
        )
        .execute(&db)
        .await;
        if let Err(error) = touched {
            tracing::warn!(%error, "a session's last use was not noted");
        }
    });
}
