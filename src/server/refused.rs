//! Permissions that were refused to people who are signed in, for the audit trail: beside the answer, and at most once a
//! minute for each person and right, so that the trail can't be flooded.

use super::{client::ClientAddr, db::describe, state::AppState};
use crate::{
    auth::{guard::CurrentUser, model::Right},
    pages::{self, Access},
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Extensions, HeaderValue, StatusCode, header};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use time::{Duration, OffsetDateTime};
use tower_http::request_id::RequestId;
use uuid::Uuid;

/// How often a person's missing right is noted.
const ONCE_IN: Duration = Duration::MINUTE;
/// People and rights that are remembered before old ones are forgotten.
const MOST: usize = 5_000;
/// Letters of a path that are kept.
const LONGEST_PATH: usize = 200;

/// The right that a request lacked. Put into it by [`note`], filled by who refuses it.
#[derive(Clone, Debug, Default)]
pub struct Missing(Arc<OnceLock<Right>>);

impl Missing {
    /// That of a request.
    #[must_use]
    pub fn of(request: &Extensions) -> Self {
        request.get().cloned().unwrap_or_default()
    }

    /// Says which it was; the first is the reason.
    pub fn is(&self, right: Right) {
        let _ = self.0.set(right);
    }
}

/// Says that a request was refused for want of a right.
pub fn lacks(request: &Extensions, right: Right) {
    Missing::of(request).is(right);
}

/// The answer of routes without a page.
pub fn forbidden(request: &Extensions, right: Right) -> Response {
    lacks(request, right);
    StatusCode::FORBIDDEN.into_response()
}

/// When which right was last noted as missing, of this instance.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashMap<(Uuid, &'static str), OffsetDateTime>>);

impl Refusals {
    /// Whether it is to be noted now.
    fn is_due(&self, person: Uuid, right: Right, now: OffsetDateTime) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= MOST {
            noted.retain(|_, at| now - *at < ONCE_IN);
        }
        let last = noted.entry((person, right.code())).or_insert(OffsetDateTime::UNIX_EPOCH);
        let is_due = now - *last >= ONCE_IN;
        if is_due {
            *last = now;
        }
        is_due
    }
}

/// A refusal, as it is kept.
struct Refused {
    person: Uuid,
    right: Right,
    at: OffsetDateTime,
    path: String,
    request_id: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
}

/// Notes the answers of requests that lacked a right.
pub async fn note(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(CurrentUser(me)) = request.extensions().get().cloned() else { return next.run(request).await };
    let missing = Missing::default();
    request.extensions_mut().insert(missing.clone());
    let uri = request.uri().clone();
    let user_agent = request.headers().get(header::USER_AGENT).cloned();
    let request_id = request.extensions().get::<RequestId>().map(|id| id.header_value().clone());
    let ip = request.extensions().get::<ClientAddr>().copied();
    let response = next.run(request).await;
    if response.status() != StatusCode::FORBIDDEN {
        return response;
    }
    let of_page = || match pages::find(uri.path())?.access {
        Access::Holders(right) if !me.may(right) => Some(right),
        _ => None,
    };
    let now = state.clock.now();
    let text = |value: HeaderValue| value.to_str().ok().map(str::to_owned);
    if let Some(right) = missing.0.get().copied().or_else(of_page)
        && state.refusals.is_due(me.id, right, now)
    {
        let refused = Refused {
            person: me.id,
            right,
            at: now,
            path: uri.path().chars().take(LONGEST_PATH).collect(),
            request_id: request_id.and_then(text),
            ip: ip.map(|ip| ip.0.to_string()),
            user_agent: user_agent.and_then(text),
        };
        tokio::spawn(async move {
            if let Err(error) = keep(&state, refused).await {
                tracing::warn!(cause = %describe(&error), "a refused permission was not noted");
            }
        });
    }
    response
}

/// Keeps it, unless another instance did.
async fn keep(state: &AppState, refused: Refused) -> sqlx::Result<()> {
    let details = serde_json::json!({
        "right": refused.right.code(), "name": refused.right.label(), "path": refused.path, "request": refused.request_id,
    });
    sqlx::query!(
        r#"INSERT INTO user_activity (user_id, action_type, ip, user_agent, "timestamp", details)
           SELECT $1, 'permission_refused', ($2::text)::inet, left($3, 400), $4, $5::jsonb
           WHERE NOT EXISTS (SELECT 1 FROM user_activity a WHERE a.user_id = $1 AND a.action_type = 'permission_refused'
                             AND a."timestamp" > $6 AND a.details ->> 'right' = $5::jsonb ->> 'right')"#,
        refused.person,
        refused.ip,
        refused.user_agent,
        refused.at,
        details,
        refused.at - ONCE_IN
    )
    .execute(&state.db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_noted_once_a_minute_for_each_person() {
        let (refusals, now) = (Refusals::default(), OffsetDateTime::now_utc());
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(refusals.is_due(one, Right::ReadAudit, now));
        assert!(!refusals.is_due(one, Right::ReadAudit, now + Duration::seconds(59)));
        assert!(refusals.is_due(one, Right::ReadUsers, now) && refusals.is_due(other, Right::ReadAudit, now));
        assert!(refusals.is_due(one, Right::ReadAudit, now + ONCE_IN));
        for person in 0..3 * MOST {
            refusals.is_due(Uuid::from_u128(person as u128), Right::ReadAudit, now + ONCE_IN * 3);
        }
        assert!(refusals.0.lock().unwrap().len() <= 3 * MOST + 3, "what is younger than a minute stays");
        refusals.is_due(one, Right::ReadUsers, now + ONCE_IN * 9);
        assert!(refusals.0.lock().unwrap().len() < 3, "what is older goes");
    }
}
