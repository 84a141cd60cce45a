//! The check that each server function begins with.

use super::model::{Me, Right};
use crate::{
    error::AppError,
    forms::Refusal,
    server::{refused, state::AppState},
    stamp::Zone,
};
use http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use time::{Duration, OffsetDateTime};

/// Everything an act needs to know about its request.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// The application.
    pub state: AppState,
    /// Who asks.
    pub me: Me,
    /// Id of the request, for audit and log.
    pub request_id: String,
    /// When this session last proved who it is; a job has no session.
    pub proved_at: Option<OffsetDateTime>,
}

impl Ctx {
    /// Of a request outside server functions; nothing without a session.
    #[must_use]
    pub fn of(state: AppState, parts: &Parts) -> Option<Self> {
        let CurrentUser(me) = parts.extensions.get::<CurrentUser>().cloned()?;
        let proved_at = parts.extensions.get::<Proof>().map(|Proof(at)| *at);
        Some(Self { state, me, request_id: request_id(parts), proved_at })
    }

    /// For acts that take something away, cost money, or decide who may what: the person has shown within
    /// [`PROOF_HOLDS`] that it is still them.
    ///
    /// # Errors
    /// What asks for their password or a code; the form then sends it along and is carried out.
    pub fn freshly_proved(&self) -> Result<(), Refusal> {
        let is_fresh = self.proved_at.is_some_and(|at| self.state.clock.now() - at < PROOF_HOLDS);
        if is_fresh { Ok(()) } else { Err(Refusal::proof()) }
    }

    /// The person's time zone, and how dates are written for them.
    #[must_use]
    pub fn zone(&self) -> Zone {
        Zone::named(&self.me.time_zone).with_locale(&self.me.locale)
    }
}

/// How long a proof by password or code is fresh.
pub const PROOF_HOLDS: Duration = Duration::minutes(10);

/// When the session of a request last proved who it is; put there by `server::sessions`.
#[derive(Clone, Copy, Debug)]
pub struct Proof(pub OffsetDateTime);

/// The signed-in person of a request; put there by `server::sessions`.
#[derive(Clone, Debug)]
pub struct CurrentUser(pub Me);

/// Lets the request pass when its person holds the right.
///
/// # Errors
/// [`AppError::SignedOut`] without a session, [`AppError::Forbidden`] without the right; the status is set.
pub async fn guard(right: Right) -> Result<Ctx, AppError> {
    check(right).inspect_err(set_refusal)
}

/// Marks a server function that anyone may call, and says why.
///
/// # Errors
/// When it runs outside a request.
pub fn public_endpoint(_why: &str) -> Result<(AppState, Parts), AppError> {
    let state = use_context::<AppState>();
    let parts = use_context::<Parts>();
    state.zip(parts).ok_or(AppError::Unexpected { request_id: "none".into() })
}

fn check(right: Right) -> Result<Ctx, AppError> {
    let (state, parts) = public_endpoint("the check itself")?;
    let ctx = Ctx::of(state, &parts).ok_or(AppError::SignedOut)?;
    if ctx.me.may(right) {
        return Ok(ctx);
    }
    refused::lacks(&parts.extensions, right);
    Err(AppError::Forbidden { right })
}

/// The status of an error, for answers that aren't pages.
#[must_use]
pub fn status_of(error: &AppError) -> http::StatusCode {
    http::StatusCode::from_u16(error.status()).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
}

/// The id that the request got at the door.
#[must_use]
pub fn request_id(parts: &Parts) -> String {
    parts
        .extensions
        .get::<tower_http::request_id::RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("none")
        .to_owned()
}

/// Says in the answer that is being made when to try again.
pub fn retry_after(seconds: u64) {
    add_header(http::header::RETRY_AFTER, &seconds.to_string());
}

/// Adds a header to the answer that is being made, page or server function.
pub fn add_header(name: http::HeaderName, value: &str) {
    if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), http::HeaderValue::from_str(value)) {
        options.append_header(name, value);
    }
}

/// Sets the status of the answer that is being made, page or server function.
pub fn set_status(status: u16) {
    if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), http::StatusCode::from_u16(status)) {
        options.set_status(status);
    }
}

/// What the address names isn't there, or isn't for this person; the answer says so.
#[must_use]
pub fn missing() -> AppError {
    set_status(404);
    AppError::NotFound
}

/// Sets the status of an error, and when to try again.
pub fn set_refusal(error: &AppError) {
    set_status(error.status());
    if let (Some(options), Some(seconds)) = (use_context::<ResponseOptions>(), error.retry_after()) {
        options.insert_header(http::header::RETRY_AFTER, http::HeaderValue::from(seconds));
    }
}
