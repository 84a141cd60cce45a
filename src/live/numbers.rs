//! `GET /live/numbers`: what stands in navigation and tabs, for pages that heard of a change.

use crate::{
    auth::{
        guard::{Ctx, status_of},
        model::Right,
    },
    error::AppError,
    inbox,
    list::views,
    orders,
    server::state::AppState,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;

/// How old a number may be: pages ask later than this after a change, so that none gets one from before it, and all that
/// heard of the same change get the same one.
const AGE: Duration = Duration::from_secs(1);

/// The numbers, as texts: empty for none.
#[derive(Debug, Default, Serialize)]
pub struct Numbers {
    /// Items of the inbox that weren't read.
    pub unread: String,
    /// Pinned views: address and number.
    pub pins: Vec<[String; 2]>,
    /// Open states of orders: code and number.
    pub tabs: Vec<[String; 2]>,
}

/// The caller's numbers; 401 without a session.
pub async fn numbers(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(ctx) = Ctx::of(state, &parts) else { return StatusCode::UNAUTHORIZED.into_response() };
    match read(&ctx).await {
        Ok(numbers) => Json(numbers).into_response(),
        Err(error) => status_of(&error).into_response(),
    }
}

async fn read(ctx: &Ctx) -> Result<Numbers, AppError> {
    let tabs = async {
        if !ctx.me.may(Right::ReadOrders) {
            return Ok(Vec::new());
        }
        orders::list::service::tab_numbers(ctx, AGE).await
    };
    let (unread, pins, tabs) =
        tokio::try_join!(inbox::service::unread(ctx, AGE), Box::pin(views::service::pins(ctx, AGE)), tabs)?;
    Ok(Numbers { unread, pins: pins.into_iter().map(|[_, to, count]| [to, count]).collect(), tabs })
}
