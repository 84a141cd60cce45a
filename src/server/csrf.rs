//! Cross-site posts. tower-http's `CsrfLayer` compares Origin and Sec-Fetch-Site with the host; it lets a
//! request pass that has neither header. No browser of today sends our cookie that way, so this refuses it.

use super::{sessions::cookie, state::AppState};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

/// Refuses a writing request that carries a session cookie but says nothing about where it comes from.
pub async fn origin_required(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let silent = !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site");
    if !request.method().is_safe() && silent && carries_session(headers, state.config.cookie_name()) {
        return (
            StatusCode::FORBIDDEN,
            "This request doesn't say which site it comes from (no Origin header). Nothing was changed.\n",
        )
            .into_response();
    }
    next.run(request).await
}

fn carries_session(headers: &http::HeaderMap, name: &str) -> bool {
    cookie(headers, name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_cookie_is_found_among_others_and_no_look_alike() {
        let with = |value: &'static str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(header::COOKIE, value.parse().unwrap());
            carries_session(&headers, "techally")
        };
        assert!(with("a=b; techally=xyz"));
        assert!(!with("a=techally; techally2=x"));
    }
}
