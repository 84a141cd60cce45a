//! The cookie of a session, beside what tower-sessions does.

use crate::server::{config::Config, state::AppState};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue, header};

/// Gives the cookie that removes the session's the same attributes: a browser ignores one under a `__Host-` name
/// that isn't Secure. Around the session layer.
pub async fn tidy_cookies(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let ours = format!("{}=", state.config.cookie_name());
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    if cookies.iter().any(|cookie| cookie.as_bytes().starts_with(ours.as_bytes())) {
        response.headers_mut().remove(header::SET_COOKIE);
        for cookie in cookies {
            response.headers_mut().append(header::SET_COOKIE, tidied(cookie, &ours, &state.config));
        }
    }
    response
}

fn tidied(cookie: HeaderValue, ours: &str, config: &Config) -> HeaderValue {
    let Ok(text) = cookie.to_str() else { return cookie };
    if !text.starts_with(ours) || text.contains("HttpOnly") {
        return cookie;
    }
    let secure = if config.is_secure() { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{text}; HttpOnly; SameSite=Lax{secure}")).unwrap_or(cookie)
}

/// The value of a cookie of the request.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim_start().strip_prefix(name)?.strip_prefix('='))
}
