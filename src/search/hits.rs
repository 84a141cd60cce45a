//! `GET /search/hits?q=`: what the palette shows while one types.

use super::service::search;
use crate::{
    auth::guard::{Ctx, status_of},
    list::model::Query,
    server::state::AppState,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;

/// The hits as JSON; 401 without a session.
pub async fn hits(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(ctx) = Ctx::of(state, &parts) else { return StatusCode::UNAUTHORIZED.into_response() };
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    match Box::pin(search(&ctx, query.get("q"))).await {
        Ok(found) => Json(found).into_response(),
        Err(error) => status_of(&error).into_response(),
    }
}
