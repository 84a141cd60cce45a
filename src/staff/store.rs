//! SQL of the pages of staff. Times of sessions and rights are compared with the clock of the application.

use crate::server::sessions::IDLE;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// What stands for the password of who was invited and has chosen none yet.
pub const INVITED: &str = "!invited";

/// A person as the pages show them.
#[derive(Clone, Debug)]
pub struct PersonRow {
    pub id: Uuid,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub role: String,
    pub role_since: OffsetDateTime,
    pub status: String,
    pub is_invited: bool,
    pub locked_until: Option<OffsetDateTime>,
    pub has_factor: bool,
    pub factor_since: Option<OffsetDateTime>,
    pub last_login_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub version: i32,
    pub sessions: i64,
    pub last_use: Option<OffsetDateTime>,
    pub lent: Vec<String>,
    pub grace_days: Option<i32>,
}

/// Which people.
#[derive(Debug, Default)]
pub struct Find {
    /// This one only.
    pub id: Option<Uuid>,
    /// With these letters in name or address, in lower case; empty: all.
    pub text: String,
    /// With this role; empty: all.
    pub role: String,
    /// Behind this person.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// Staff by name. They are some hundreds, found by the index of those who aren't customers.
pub async fn people(db: &PgPool, find: &Find, now: OffsetDateTime) -> sqlx::Result<Vec<PersonRow>> {
    sqlx::query_as!(
        PersonRow,
        r#"SELECT u.id, u.first_name, u.last_name, u.email, u.role, u.role_since, u.status,
                  u.password_hash = $8 AS "is_invited!", u.locked_until, u.mfa_enabled AS has_factor,
                  f.confirmed_at AS "factor_since?", u.last_login_at, u.created_at, u.version,
                  s.open AS "sessions!", s.last_use,
                  ARRAY(SELECT r.right_name FROM access_requests r
                        WHERE r.user_id = u.id AND r.state = 'granted' AND r.ends_at > $1 ORDER BY r.ends_at) AS "lent!",
                  (SELECT second_factor_grace_days FROM shop_settings) AS grace_days
           FROM users u
           LEFT JOIN second_factors f ON f.user_id = u.id
           CROSS JOIN LATERAL (SELECT count(*) AS open, max(o.last_seen_at) AS last_use FROM user_sessions o
                               WHERE o.user_id = u.id AND o.revoked_at IS NULL AND o.expires_at > $1 AND o.last_seen_at > $2) s
           WHERE u.role <> 'customer' AND u.deleted_at IS NULL
             AND ($3::uuid IS NULL OR u.id = $3)
             AND ($4 = '' OR u.role = $4)
             AND ($5 = '' OR position($5 IN lower(u.first_name || ' ' || u.last_name || ' ' || u.email)) > 0)
             AND ($6::uuid IS NULL OR (lower(u.last_name), lower(u.first_name), u.id)
                  > (SELECT lower(l.last_name), lower(l.first_name), l.id FROM users l WHERE l.id = $6))
           ORDER BY lower(u.last_name), lower(u.first_name), u.id LIMIT $7"#,
        now,
        now - IDLE,
        find.id,
        find.role,
        find.text,
        find.after,
        find.limit,
        INVITED,
    )
    .fetch_all(db)
    .await
}

/// A right that somebody asked for.
#[derive(Clone, Debug)]
pub struct RequestRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub who: String,
    pub right_name: String,
    pub reason: String,
    pub hours: i32,
    pub state: String,
    pub asked_at: OffsetDateTime,
    pub decided_by: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    pub version: i32,
    /// What was said when it was refused or ended.
    pub why: Option<String>,
}

/// Requests, newest first: of a person, or everybody's; all of them, or those that nobody has decided.
pub async fn requests(db: &PgPool, of: Option<Uuid>, only_asked: bool, limit: i64) -> sqlx::Result<Vec<RequestRow>> {
    sqlx::query_as!(
        RequestRow,
        r#"SELECT r.id, r.user_id, u.first_name || ' ' || u.last_name AS "who!", r.right_name, r.reason, r.hours, r.state,
                  r.asked_at, d.first_name || ' ' || d.last_name AS decided_by, r.decided_at, r.ends_at, r.ended_at, r.version,
                  (SELECT l.reason FROM audit_log l
                   WHERE l.table_name = 'access_requests' AND l.row_id = r.id::text AND l.action = 'UPDATE'
                     AND r.state IN ('refused', 'ended') AND l.occurred_at >= uuid_v7_time(r.id) - interval '1 day'
                   ORDER BY l.occurred_at DESC, l.id DESC LIMIT 1) AS why
           FROM access_requests r
           JOIN users u ON u.id = r.user_id
           LEFT JOIN users d ON d.id = r.decided_by
           WHERE ($1::uuid IS NULL OR r.user_id = $1) AND (NOT $2 OR r.state = 'asked')
           ORDER BY r.id DESC LIMIT $3"#,
        of,
        only_asked,
        limit
    )
    .fetch_all(db)
    .await
}
