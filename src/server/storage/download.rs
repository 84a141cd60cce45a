//! `GET /files/{id}`: one's own file. `GET /files/signed/{id}?…`: what our own links lead to.

use super::{LONGEST_LINK, StorageError, files, links::attachment_header};
use crate::{
    auth::{
        activity::record_taken,
        guard::{Ctx, status_of},
        model::Right,
    },
    error::AppError,
    server::state::AppState,
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use uuid::Uuid;

/// Marks an answer that isn't compressed on its way: its length and its ranges are those of the file.
#[derive(Clone, Copy)]
struct KeptFile;

/// For the compression layer.
pub fn not_for_kept_files(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<KeptFile>().is_none()
}

/// Routes for who has a link; the link is the right.
pub fn routes() -> Router<AppState> {
    Router::new().route("/files/signed/{id}", get(signed))
}

/// Leads the owner of a file, or who reads the audit trail to an archived log, to a link that ends soon. Nobody else learns whether there is such a file.
pub async fn file(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(ctx) = Ctx::of(state, &parts) else { return StatusCode::UNAUTHORIZED.into_response() };
    let Ok(id) = id.parse() else { return StatusCode::NOT_FOUND.into_response() };
    match lead(&ctx, id).await {
        Ok(response) => response,
        Err(error) => status_of(&error).into_response(),
    }
}

async fn lead(ctx: &Ctx, id: Uuid) -> Result<Response, AppError> {
    let state = &ctx.state;
    let Some(file) = files::of_owner(&state.db, id, ctx.me.id, ctx.me.may(Right::ReadAudit)).await? else {
        return Err(AppError::NotFound);
    };
    if file.is_over(state.clock.now()) {
        let words = "This file was kept for a while and is deleted now. Make it again where you made it.\n";
        return Ok((StatusCode::GONE, words).into_response());
    }
    let link = state.storage.signed_link(&file, LONGEST_LINK, state.clock.now()).await?;
    record(state, &file, ctx.me.id, &ctx.request_id).await?;
    Ok(Redirect::to(link.address()).into_response())
}

/// Who took what out of the house, as exports are.
async fn record(state: &AppState, file: &files::File, me: Uuid, request: &str) -> Result<(), AppError> {
    let details = serde_json::json!({
        "file": file.id, "purpose": file.purpose, "name": file.name, "bytes": file.bytes, "request": request,
    });
    Ok(record_taken(&state.db, me, "downloaded", details).await?)
}

/// What a link of ours says besides the file.
#[derive(serde::Deserialize)]
struct Signed {
    until: i64,
    signature: String,
}

/// Sends the file of a link of ours, or a range of it.
async fn signed(
    State(state): State<AppState>,
    Path(id): Path<String>,
    link: Result<Query<Signed>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let now = state.clock.now();
    let refused =
        || (StatusCode::FORBIDDEN, "This link has ended. Go back and download the file again.\n").into_response();
    let (Ok(id), Ok(Query(link))) = (id.parse(), link) else { return refused() };
    if !state.storage.is_signed(id, link.until, &link.signature, now).await {
        return refused();
    }
    let file = match files::by_id(&state.db, id).await.map_err(AppError::from) {
        Ok(Some(file)) if !file.is_over(now) => file,
        Ok(_) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return status_of(&error).into_response(),
    };
    // the name of the object is the hash of the contents
    let tag = format!("\"{}\"", file.key.rsplit('/').next().unwrap_or_default());
    let same = headers.get(header::IF_RANGE).is_none_or(|given| given.as_bytes() == tag.as_bytes());
    // several ranges at once are nobody's need: such a request gets the whole
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let range = range.filter(|range| same && range.starts_with("bytes=") && !range.contains(','));
    let reading = match state.storage.read(&file.key, range).await {
        Ok(reading) => reading,
        Err(StorageError::Range) => {
            let all = format!("bytes */{}", file.bytes);
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, all)]).into_response();
        }
        Err(error) => return status_of(&AppError::from(error)).into_response(),
    };
    let mut response = Response::new(Body::from_stream(reading.pieces));
    response.extensions_mut().insert(KeptFile);
    if reading.range.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let answer = response.headers_mut();
    let texts = [
        (header::CONTENT_TYPE, Some(file.content_type)),
        (header::CONTENT_RANGE, reading.range),
        (header::ETAG, Some(tag)),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            answer.insert(name, value);
        }
    }
    answer.insert(header::CONTENT_LENGTH, reading.bytes.into());
    answer.insert(header::CONTENT_DISPOSITION, attachment_header(&file.name));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // whatever is in it, it runs nowhere
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
    answer.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
