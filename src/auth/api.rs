//! Signing in and out, and how the app looks to oneself.

use crate::{error::AppError, forms::Outcome};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::{
    guard::{guard, public_endpoint},
    model::Right,
    service,
};

/// Starts a session for a staff member. One answer and equal time for an unknown address, a wrong password
/// and a customer's account. `next` is the path to go on to.
#[server]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<Outcome, AppError> {
    let (state, parts) = public_endpoint("this is how one gets a session")?;
    service::sign_in(&state, &parts, &email, password.into(), &next).await
}

/// Ends this session.
#[server]
pub async fn sign_out(#[server(default)] sign_out: String) -> Result<Outcome, AppError> {
    let _ = sign_out; // tells the form apart, says nothing
    let (_, parts) = public_endpoint("ends the caller's own session, if there is one")?;
    service::sign_out(&parts).await
}

/// Keeps one's own theme or density; what is empty stays. `back` is the path to go on to without JavaScript.
#[server]
pub async fn set_look(
    #[server(default)] theme: String,
    #[server(default)] density: String,
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::set_look(&ctx, theme, density, &back).await
}
