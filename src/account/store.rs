//! SQL of one's own account.

use crate::server::sessions::IDLE;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// What the page says of its person.
#[derive(Debug)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone: Option<String>,
    pub version: i32,
    pub role_since: OffsetDateTime,
    pub password_changed_at: Option<OffsetDateTime>,
    pub has_factor: bool,
    pub codes_left: i64,
    pub start_page: Option<String>,
    pub notifications: Option<serde_json::Value>,
}

pub async fn person(db: &PgPool, id: Uuid) -> sqlx::Result<Person> {
    sqlx::query_as!(
        Person,
        r#"SELECT u.first_name, u.last_name, u.email, u.phone_number AS phone, u.version, u.role_since, u.password_changed_at,
                  u.mfa_enabled AS has_factor,
                  (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL) AS "codes_left!",
                  p.start_page AS "start_page?", p.notifications AS "notifications?"
           FROM users u LEFT JOIN user_preferences p ON p.user_id = u.id WHERE u.id = $1"#,
        id
    )
    .fetch_one(db)
    .await
}

/// A signed-in browser.
#[derive(Debug)]
pub struct Browser {
    pub id: Uuid,
    pub is_this: bool,
    pub user_agent: Option<String>,
    pub ip: Option<String>,
    pub created_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
}

/// Those that are alive, this one first.
pub async fn browsers(db: &PgPool, id: Uuid, this: &[u8], now: OffsetDateTime) -> sqlx::Result<Vec<Browser>> {
    sqlx::query_as!(
        Browser,
        r#"SELECT id, token_hash = $2 AS "is_this!", user_agent, host(ip) AS ip, created_at, last_seen_at
           FROM user_sessions
           WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $3 AND last_seen_at > $4
           ORDER BY 2 DESC, last_seen_at DESC LIMIT 50"#,
        id,
        this,
        now,
        now - IDLE
    )
    .fetch_all(db)
    .await
}
