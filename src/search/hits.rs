//! `GET /search/hits?q=`: what the palette shows while one types.

use super::service::search;
use crate::{
    auth::guard::{Ctx, CurrentUser, request_id},
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
    let Some(CurrentUser(me)) = parts.extensions.get::<CurrentUser>().cloned() else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let ctx = Ctx { state, me, request_id: request_id(&parts) };
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    match Box::pin(search(&ctx, query.get("q"))).await {
        Ok(found) => Json(found).into_response(),
        Err(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}
