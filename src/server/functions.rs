//! Around server functions: their bodies have an end, and their errors the status that they name.

use super::refused::Missing;
use crate::error::AppError;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use server_fn::error::SERVER_FN_ERROR_HEADER;
use std::time::Duration;

/// Largest arguments; the longest form is far below. Uploads have routes of their own.
const LARGEST: usize = 256 * 1024;
/// Longest time for the arguments to arrive.
const ARRIVAL: Duration = Duration::from_secs(15);
/// Largest error that is looked into.
const LARGEST_ERROR: usize = 64 * 1024;

/// Path of every server function.
const PREFIX: &str = "/api/techally/";

/// Both guards below, for requests to server functions; leptos adds a route for each by itself, so this stands around
/// all routes and looks at the path.
pub async fn guarded(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(PREFIX) {
        return next.run(request).await;
    }
    match whole_body(request).await {
        Ok(request) => {
            let missing = Missing::of(request.extensions());
            honest_status(&missing, next.run(request).await).await
        }
        Err(refused) => refused,
    }
}

/// Reads the whole body first: streams and multipart are limited by nothing else (traps.md), and a slow sender
/// shall not hold more than its connection.
async fn whole_body(request: Request) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let bytes = read(body, LARGEST).await?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Reads a body to its end, within size and time.
///
/// # Errors
/// The answer to a body that is too large, too slow or cut off.
pub async fn read(body: Body, largest: usize) -> Result<Bytes, Response> {
    match tokio::time::timeout(ARRIVAL, to_bytes(body, largest)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_large(&error) => {
            Err((StatusCode::PAYLOAD_TOO_LARGE, "What was sent is too large. Nothing was changed.\n").into_response())
        }
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "The request ended early. Nothing was changed.\n").into_response()),
        Err(_) => {
            Err((StatusCode::REQUEST_TIMEOUT, "The request came too slowly. Nothing was changed.\n").into_response())
        }
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Leptos 0.8 answers every error with 500; this gives it the status of its [`AppError`].
async fn honest_status(missing: &Missing, response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR
        || !response.headers().contains_key(SERVER_FN_ERROR_HEADER)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, LARGEST_ERROR).await.unwrap_or_default();
    let error = serde_json::from_slice::<AppError>(&bytes).ok();
    if let Some(AppError::Forbidden { right }) = &error {
        missing.is(*right);
    }
    if let Some(status) = error.and_then(|error| StatusCode::from_u16(error.status()).ok()) {
        parts.status = status;
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.entry(header::CONTENT_TYPE).or_insert(http::HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(bytes))
}
