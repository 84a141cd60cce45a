//! The outermost words: what a client gets when nothing inside could answer.
//!
//! Catches panics, gives errors that came as a line of text (time-outs, bodies too large, wrong methods) the look
//! of a page for people, and tells clients of a busy server when to come back.

use super::state::AppState;
use crate::ui::{PLAIN_ERROR_CSP, plain_error_page, plain_error_words};
use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{any::Any, panic::AssertUnwindSafe, sync::atomic::Ordering};
use tower_http::request_id::RequestId;

/// Longest line of text that is taken over into a page.
const LONGEST_TEXT: usize = 4 * 1024;

/// Keeps the last word: panics, plain errors, `Retry-After`.
pub async fn last_word(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let id = id.unwrap_or("none").to_owned();
    let page = wants_page(request.headers()) && !request.uri().path().starts_with("/api/");
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|cause| {
        state.metrics.panics.fetch_add(1, Ordering::Relaxed);
        panicked(cause.as_ref(), &id)
    });
    if response.status() == StatusCode::SERVICE_UNAVAILABLE && !response.headers().contains_key(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    let status = response.status();
    if page && (status.is_client_error() || status.is_server_error()) && is_bare(response.headers()) {
        return dressed(response, &id).await;
    }
    response
}

/// The answer of a server that has no room for one more request just now.
pub fn busy() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "The server is busy. Nothing was changed; try again in a few seconds.\n")
        .into_response()
}

/// The page of last resort of a status, to be looked at: on a developer's machine only.
pub async fn sample(State(state): State<AppState>, Path(status): Path<u16>) -> Response {
    let status =
        StatusCode::from_u16(status).ok().filter(|status| status.is_client_error() || status.is_server_error());
    status.filter(|_| state.config.dev_pages).unwrap_or(StatusCode::NOT_FOUND).into_response()
}

/// Refuses at once when more requests run than could be answered in time: a queue that nobody waits out helps nobody.
pub async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Ok(_place) = state.places.clone().try_acquire_owned() else {
        state.metrics.shed.fetch_add(1, Ordering::Relaxed);
        return busy();
    };
    next.run(request).await
}

/// The cause is in the log only, and no message of ours holds what a person typed.
fn panicked(cause: &(dyn Any + Send), request_id: &str) -> Response {
    let cause = cause.downcast_ref::<&str>().copied().or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(request_id, cause = cause.unwrap_or("unknown"), "a request panicked");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side. Your administrator can find the cause by the request's id.\n",
    )
        .into_response()
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// No page, no JSON: at most a line of text.
fn is_bare(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
        && !headers.contains_key(header::CONTENT_ENCODING)
}

async fn dressed(response: Response, request_id: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let text = to_bytes(body, LONGEST_TEXT).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let (title, usual) = plain_error_words(parts.status.as_u16());
    let text = if text.trim().is_empty() { usual } else { text.trim() };
    let page = plain_error_page(parts.status.as_u16(), title, text, request_id);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PLAIN_ERROR_CSP));
    Response::from_parts(parts, Body::from(page))
}
