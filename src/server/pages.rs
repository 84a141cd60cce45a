//! Drawing pages: the context they have, their headers, and who is sent to sign in first.

use super::{
    edge::busy,
    forms::local_path,
    kept,
    state::{AppState, PINS_LIVE, UNREAD_LIVE},
};
use crate::{
    app::{Theme, shell},
    auth::{
        guard::{Ctx, CurrentUser, request_id},
        look,
        model::Me,
    },
    forms::PageNotes,
    inbox,
    list::views::{self, model::Pin},
    pages::{self, Access},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tracing::Instrument;

/// Puts into context what pages and server functions read, and the CSP with this response's nonce.
pub fn provide(state: AppState) {
    let parts = use_context::<Parts>();
    if let Some(parts) = &parts {
        if let Some(CurrentUser(me)) = parts.extensions.get::<CurrentUser>() {
            provide_context(me.clone());
        }
        let notes = parts.extensions.get::<PageNotes>().cloned().unwrap_or_default();
        let navigation = parts.extensions.get::<Navigation>();
        let pins = navigation.map(|one| one.pins.iter().map(|pin| pin.to_vec()).collect()).unwrap_or_default();
        let unread = navigation.map(|one| one.unread.clone()).unwrap_or_default();
        let (request_id, extras) = (request_id(parts), state.config.extras());
        provide_context(PageNotes { request_id, extras, pins, unread, ..notes });
    }
    provide_context(state);
    provide_context(Theme(look::theme(use_context::<Me>().as_ref())));
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    // only while the reload watcher of `make dev` runs
    let reload = if std::env::var("LEPTOS_WATCH").is_ok() { " ws://127.0.0.1:3001" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         font-src 'self'; img-src 'self'; connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; \
         object-src 'none'; frame-ancestors 'none'"
    );
    if let (Some(response), Ok(policy)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&policy)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// What the navigation shows of this person.
#[derive(Clone)]
struct Navigation {
    pins: Vec<Pin>,
    unread: String,
}

/// Looks up what the navigation of every page needs.
pub async fn with_navigation(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Some(CurrentUser(me)) = request.extensions().get::<CurrentUser>().cloned() {
        let ctx = Ctx { state, me, request_id: String::new(), proved_at: None };
        // a page is worth more than its navigation's numbers
        if let Ok((pins, unread)) =
            tokio::try_join!(views::service::pins(&ctx, PINS_LIVE), inbox::service::unread(&ctx, UNREAD_LIVE))
        {
            request.extensions_mut().insert(Navigation { pins, unread });
        }
    }
    next.run(request).await
}

/// Draws the page of a request to its end, with its final status: for answers that no route of a page gives.
pub async fn draw(state: AppState, request: Request) -> Response {
    let (options, drawings) = (state.leptos.clone(), state.drawings.clone());
    let page = leptos_axum::render_app_async_with_context(
        move || provide(state.clone()),
        move || shell(options.clone()),
    )(request);
    to_its_end(drawings, page).await
}

/// The routes of pages draw them to their end. What is sent to a page's address does what it does in a task of its own
/// already, and calls [`draw`] if it ends in a page.
pub async fn drawn_to_their_end(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    to_its_end(state.drawings.clone(), next.run(request)).await
}

/// Draws a page to its end, whoever still waits for it; so many at a time, as nobody's hanging up ends one. What a page is
/// made of refers to itself, and Leptos takes it apart behind the last piece of the answer only (`leptos_integration_utils`
/// 0.8.9, `build_response`): each reader who hung up before left some 20 kB for ever.
async fn to_its_end(drawings: Arc<Semaphore>, page: impl Future<Output = Response> + Send + 'static) -> Response {
    let Ok(place) = drawings.try_acquire_owned() else { return busy() };
    let whole = async move {
        let _place = place;
        let (parts, body) = page.await.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
            return Response::from_parts(parts, body);
        }
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
            Err(error) => {
                tracing::error!(%error, "a page broke off");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    match tokio::spawn(whole.in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            // told and answered further out, as any other
            Ok(panic) => std::panic::resume_unwind(panic),
            // the server is going down
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

/// Leads an address with empty parameters, which forms send without a script, to the same without them.
pub async fn tidy_address(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let is_empty = |pair: &str| pair.split_once('=').is_some_and(|(_, value)| value.is_empty());
    if matches!(*request.method(), Method::GET | Method::HEAD) && query.split('&').any(is_empty) {
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_empty(pair)).collect();
        let path = request.uri().path();
        let to = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
        if local_path(&to) == to {
            return Redirect::to(&to).into_response();
        }
    }
    next.run(request).await
}

/// Sends people who aren't signed in to sign in first, and brings them back after, with what they had typed.
pub async fn sign_in_first(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let open = pages::find(request.uri().path()).is_some_and(|page| matches!(page.access, Access::Everyone(_)));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads && !open && request.extensions().get::<CurrentUser>().is_none() {
        return Redirect::to(&login_address(request.uri())).into_response();
    }
    if reads
        && let Some(CurrentUser(me)) = request.extensions().get::<CurrentUser>()
        && let Some(posted) = kept::find(&state, me.id, request.uri()).await
    {
        let notes = request.extensions().get::<PageNotes>().cloned().unwrap_or_default();
        request.extensions_mut().insert(PageNotes { posted: Some(posted), ..notes });
    }
    next.run(request).await
}

/// The sign-in page that leads back to an address.
#[must_use]
pub fn login_address(uri: &Uri) -> String {
    let back = uri.path_and_query().map_or("/", |path| path.as_str());
    if back == "/" || back.starts_with("/login") {
        return "/login".into();
    }
    login_to(back)
}

/// The sign-in page that leads to a path of ours.
#[must_use]
pub fn login_to(path: &str) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
    format!("/login?{query}")
}
