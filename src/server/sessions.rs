//! Sessions in `user_sessions`, behind tower-sessions.
//!
//! The cookie holds 128 random bits; the table holds their SHA-256 only. One statement reads the session
//! and its person on every request, so a revoked session or a suspended person is out at the next click, whoever
//! changed it. Redis, when configured, has what changes often (messages for the next page), and nothing that
//! decides: see docs/decisions/0008. A save never revives a revoked row, and rows are made at sign-in only: an
//! anonymous visitor has none.
//!
//! Files: `cookies` the session's cookie · `background` what a page asks by itself · `old` what goes when its time is over.

mod background;
mod cookies;
mod old;

pub use background::mark_background;
pub use cookies::{cookie, tidy_cookies};
pub use old::{KEPT, count_old, delete_old, forget_browsers};

use super::{
    clock::Clock,
    db::describe,
    edge,
    hex::hex,
    metrics::Metrics,
    redis::{PREFIX, Redis},
    state::AppState,
};
use crate::{
    auth::{
        guard::{CurrentUser, Proof},
        model::{Me, Role},
        store::rights,
    },
    forms::{Outcome, PageNotes},
    stamp::{DEFAULT_LOCALE, DEFAULT_ZONE},
};
use ::redis::cmd;
use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, request::Parts};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use std::sync::{Arc, atomic::Ordering};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;

/// A session ends after so long without use.
pub const IDLE: Duration = Duration::minutes(30);
/// And after so long in any case.
const ABSOLUTE: Duration = Duration::hours(12);
/// Its last use is noted at most once in this time.
const TOUCH: Duration = Duration::minutes(1);

/// Record key of the signed-in person's id; set at sign-in.
pub const USER_ID: &str = "user_id";
/// Record key of the browser's name, kept in its own column.
pub const USER_AGENT: &str = "user_agent";
/// Record key of the client's address, kept in its own column.
pub const IP: &str = "ip";
/// Record key of the message for the next page.
pub const FLASH: &str = "flash";
/// Record key under which a loaded session carries its person; never stored.
const ME: &str = "me";
/// Record key that counts saves: of two copies the later one is right.
const SAVES: &str = "n";
/// Record key of the session's absolute end, in seconds since 1970; from its column.
const ENDS: &str = "ends";
/// Record key of its beginning; from its column.
const BEGAN: &str = "began";
/// Record key of the person's last proof of who they are; from its column.
const PROVED: &str = "proved";
/// What has a column of its own, or none.
const NOT_STORED: [&str; 7] = [ME, USER_ID, USER_AGENT, IP, ENDS, BEGAN, PROVED];

/// The store over `user_sessions`.
#[derive(Clone, Debug)]
pub struct Sessions {
    db: PgPool,
    redis: Option<Redis>,
    clock: Clock,
    metrics: Arc<Metrics>,
}

/// The layer that reads and writes the session cookie.
#[must_use]
pub fn layer(state: &AppState) -> SessionManagerLayer<Sessions> {
    let sessions = Sessions {
        db: state.db.clone(),
        redis: state.redis.clone(),
        clock: state.clock.clone(),
        metrics: Arc::clone(&state.metrics),
    };
    SessionManagerLayer::new(sessions)
        .with_name(state.config.cookie_name())
        .with_secure(state.config.is_secure())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        // ends with the browser; the limits that count (30 minutes idle, 12 hours) are the table's
        .with_expiry(Expiry::OnSessionEnd)
}

/// Puts the signed-in person and the message of the last post into the request.
pub async fn identify(mut request: Request, next: Next) -> Response {
    if let Some(session) = request.extensions().get::<Session>().cloned() {
        // when the database doesn't answer nobody is signed out: the server is busy
        let Ok(me) = session.get::<Me>(ME).await else { return edge::busy() };
        if let Some(me) = me {
            request.extensions_mut().insert(CurrentUser(me));
            if let Ok(Some(proved)) = session.get::<i64>(PROVED).await
                && let Ok(proved) = OffsetDateTime::from_unix_timestamp(proved)
            {
                request.extensions_mut().insert(Proof(proved));
            }
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

/// The hash under which the request's own session is kept.
#[must_use]
pub fn current(parts: &Parts) -> Option<Vec<u8>> {
    parts.extensions.get::<Session>()?.id().map(|id| token_hash(&id))
}

/// Ends a person's sessions, but for the one that is kept; how many were open.
///
/// # Errors
/// When the database says no.
pub async fn end_others(
    connection: &mut PgConnection,
    user_id: Uuid,
    keep: Option<&[u8]>,
    now: OffsetDateTime,
) -> sqlx::Result<i64> {
    let ended = sqlx::query!(
        "UPDATE user_sessions SET revoked_at = $3
         WHERE user_id = $1 AND token_hash IS DISTINCT FROM $2 AND revoked_at IS NULL AND expires_at > $3",
        user_id,
        keep,
        now
    )
    .execute(connection)
    .await?;
    Ok(i64::try_from(ended.rows_affected()).unwrap_or(i64::MAX))
}

/// Keeps a message for the next page, which is loaded anew.
pub async fn flash(parts: &Parts, message: &str) {
    if let Some(session) = parts.extensions.get::<Session>()
        && session.insert(FLASH, message).await.is_err()
    {
        tracing::warn!("a message for the next page was lost");
    }
}

/// The same for what was done, where its page is loaded anew.
pub async fn flash_outcome(parts: &Parts, outcome: &Outcome) {
    if let Outcome::Done(done) = outcome
        && done.reload
    {
        flash(parts, &done.message).await;
    }
}

/// Whose session the request's cookie was, alive or not: so that what they typed waits for them.
pub async fn former_owner(state: &AppState, headers: &HeaderMap) -> Option<Uuid> {
    let id: Id = cookie(headers, state.config.cookie_name())?.parse().ok()?;
    sqlx::query_scalar!("SELECT user_id FROM user_sessions WHERE token_hash = $1", token_hash(&id))
        .fetch_optional(&state.db)
        .await
        .ok()?
}

fn token_hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

/// Key of a session's data in Redis: from the hash, so that Redis doesn't know the cookie either.
fn redis_key(hash: &[u8]) -> String {
    format!("{PREFIX}session:{}", hex(hash))
}

fn backend(error: sqlx::Error) -> Error {
    tracing::error!(cause = %describe(&error), "session store");
    Error::Backend("the session store can't be reached".into())
}

/// What is stored of a record: not what has a column of its own.
fn stored(record: &Record) -> Map<String, Value> {
    record
        .data
        .iter()
        .filter(|(key, _)| !NOT_STORED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn saves(data: &Map<String, Value>) -> u64 {
    data.get(SAVES).and_then(Value::as_u64).unwrap_or(0)
}

impl Sessions {
    /// Until when Redis keeps the data: the session's own end at the latest.
    fn time_to_live(&self, expires_at: OffsetDateTime) -> i64 {
        let left = (expires_at - self.clock.now()).min(IDLE);
        i64::try_from(left.whole_milliseconds()).unwrap_or(0).max(1)
    }

    async fn put(
        &self,
        redis: &Redis,
        hash: &[u8],
        data: &Map<String, Value>,
        ends: OffsetDateTime,
        how: &str,
    ) -> bool {
        let Ok(json) = serde_json::to_string(data) else { return false };
        let mut command = cmd("SET");
        command.arg(redis_key(hash)).arg(json).arg(how).arg("PX").arg(self.time_to_live(ends));
        matches!(redis.run::<Option<String>>(&command).await, Ok(Some(_)))
    }

    /// The data as Redis has it.
    async fn cached(&self, hash: &[u8]) -> Option<Map<String, Value>> {
        let redis = self.redis.as_ref()?;
        let json: Option<String> = redis.run(cmd("GET").arg(redis_key(hash))).await.ok()?;
        serde_json::from_str(&json?).ok()
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let text = |key: &str| record.data.get(key).and_then(Value::as_str);
        let user_id = text(USER_ID)
            .and_then(|id| id.parse::<Uuid>().ok())
            .ok_or_else(|| Error::Encode("a session is made at sign-in only".into()))?;
        let (user_agent, ip) = (text(USER_AGENT).map(str::to_owned), text(IP).map(str::to_owned));
        let (now, hash, data) = (self.clock.now(), token_hash(&record.id), stored(record));
        // a session under a new id (a fresh proof) ends when it would have ended
        let time = |key: &str| {
            let seconds = record.data.get(key).and_then(Value::as_i64)?;
            OffsetDateTime::from_unix_timestamp(seconds).ok()
        };
        let (began, ends) = (time(BEGAN).unwrap_or(now), time(ENDS).unwrap_or(now + ABSOLUTE));
        // 128 random bits don't collide; if they did, sign-in fails and is repeated
        sqlx::query!(
            "WITH actor AS MATERIALIZED (SELECT set_config('app.current_user_id', $1::uuid::text, true))
             INSERT INTO user_sessions (user_id, token_hash, data, user_agent, ip, created_at, last_seen_at, proved_at, expires_at)
             SELECT $1, $2, $3, left($4, 400), ($5::text)::inet, $7::timestamptz, $6::timestamptz, $6, $8 FROM actor",
            user_id,
            hash,
            Value::Object(data.clone()),
            user_agent,
            ip,
            now,
            began,
            ends,
        )
        .execute(&self.db)
        .await
        .map_err(backend)?;
        record.data.insert(ENDS.into(), ends.unix_timestamp().into());
        if let Some(redis) = &self.redis {
            self.put(redis, &hash, &data, ends, "NX").await;
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (hash, mut data) = (token_hash(&record.id), stored(record));
        data.insert(SAVES.into(), (saves(&data) + 1).into());
        if let Some(redis) = &self.redis {
            // XX: what was deleted or ran out isn't made again by a request that was still in flight
            let ends = record.data.get(ENDS).and_then(Value::as_i64).unwrap_or(0);
            let ends = OffsetDateTime::from_unix_timestamp(ends).unwrap_or(OffsetDateTime::UNIX_EPOCH);
            if self.put(redis, &hash, &data, ends, "XX").await {
                return Ok(());
            }
        }
        sqlx::query!(
            "UPDATE user_sessions SET data = $2
             WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $3",
            hash,
            Value::Object(data),
            self.clock.now(),
        )
        .execute(&self.db)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let (hash, now) = (token_hash(id), self.clock.now());
        let row = sqlx::query!(
            r#"SELECT s.data, s.expires_at, s.created_at, s.proved_at, s.last_seen_at < $3 AS "stale!",
                      u.avatar_url,
                      ARRAY(SELECT r.right_name FROM access_requests r
                            WHERE r.user_id = u.id AND r.state = 'granted' AND r.ends_at > $2) AS "lent!",
                      u.id AS user_id, u.first_name || ' ' || u.last_name AS "name!", u.role AS "role!",
                      p.time_zone AS "time_zone?", p.locale AS "locale?", p.theme AS "theme?", p.density AS "density?"
               FROM user_sessions s
               JOIN users u ON u.id = s.user_id
               LEFT JOIN user_preferences p ON p.user_id = u.id
               WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2
                 AND s.last_seen_at > $4
                 AND u.status = 'active' AND u.deleted_at IS NULL AND u.role <> 'customer'
                 AND (u.locked_until IS NULL OR u.locked_until <= $2)"#,
            hash,
            now,
            now - TOUCH,
            now - IDLE,
        )
        .fetch_optional(&self.db);
        // at the same time: Redis costs no wait
        let (row, cached) = tokio::join!(row, self.cached(&hash));
        let Some(row) = row.map_err(backend)? else { return Ok(None) };
        let Some(role) = Role::parse(&row.role) else { return Ok(None) };
        if row.stale && !background::is_by_itself() {
            self.touch(hash.clone(), row.expires_at);
        }
        let me = Me {
            id: row.user_id,
            name: row.name,
            role,
            lent: rights(&row.lent),
            avatar: row.avatar_url.unwrap_or_default(),
            time_zone: row.time_zone.unwrap_or_else(|| DEFAULT_ZONE.into()),
            locale: row.locale.unwrap_or_else(|| DEFAULT_LOCALE.into()),
            theme: row.theme.unwrap_or_else(|| "system".into()),
            density: row.density.unwrap_or_else(|| "compact".into()),
        };
        let Value::Object(in_table) = row.data else {
            return Err(Error::Decode("session data is no object".into()));
        };
        let data = match cached {
            Some(cached) if saves(&cached) >= saves(&in_table) => {
                self.metrics.sessions_cached.fetch_add(1, Ordering::Relaxed);
                cached
            }
            other => {
                self.metrics.sessions_uncached.fetch_add(1, Ordering::Relaxed);
                if let (None, Some(redis)) = (other, &self.redis) {
                    self.put(redis, &hash, &in_table, row.expires_at, "NX").await;
                }
                in_table
            }
        };
        let mut data: std::collections::HashMap<String, Value> = data.into_iter().collect();
        data.insert(USER_ID.into(), Value::String(me.id.to_string()));
        for (key, time) in [(ENDS, row.expires_at), (BEGAN, row.created_at), (PROVED, row.proved_at)] {
            data.insert(key.into(), time.unix_timestamp().into());
        }
        data.insert(ME.into(), serde_json::to_value(&me).map_err(|error| Error::Encode(error.to_string()))?);
        Ok(Some(Record { id: *id, data, expiry_date: row.expires_at }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let hash = token_hash(id);
        sqlx::query!(
            "WITH own AS MATERIALIZED (
                 SELECT id, set_config('app.current_user_id', user_id::text, true) FROM user_sessions
                 WHERE token_hash = $1 AND revoked_at IS NULL)
             UPDATE user_sessions s SET revoked_at = $2 FROM own WHERE s.id = own.id AND s.revoked_at IS NULL",
            hash,
            self.clock.now(),
        )
        .execute(&self.db)
        .await
        .map_err(backend)?;
        if let Some(redis) = &self.redis {
            let _: std::result::Result<i64, _> = redis.run(cmd("DEL").arg(redis_key(&hash))).await;
        }
        Ok(())
    }
}

impl Sessions {
    /// Notes that the session is in use: at most once a minute, beside the request.
    fn touch(&self, hash: Vec<u8>, ends: OffsetDateTime) {
        let (db, redis, now) = (self.db.clone(), self.redis.clone(), self.clock.now());
        let time_to_live = self.time_to_live(ends);
        tokio::spawn(async move {
            if let Some(redis) = redis {
                let mut command = cmd("PEXPIRE");
                command.arg(redis_key(&hash)).arg(time_to_live);
                let _: std::result::Result<i64, _> = redis.run(&command).await;
            }
            // many requests of a page may come here at once: one of them writes
            let touched = sqlx::query!(
                "UPDATE user_sessions SET last_seen_at = $2
                 WHERE token_hash = $1 AND revoked_at IS NULL AND last_seen_at < $3",
                hash,
                now,
                now - TOUCH,
            )
            .execute(&db)
            .await;
            if let Err(error) = touched {
                tracing::warn!(cause = %describe(&error), "a session's last use was not noted");
            }
        });
    }
}
