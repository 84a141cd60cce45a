//! Signing in and out, and how the app looks to oneself.

#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "a server function is async, whatever it does"))]

use super::{links::model::LinkPage, model::SignInStep};
use crate::{codec::Json, error::AppError, forms::Outcome, record::Record};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::{
    guard::{guard, public_endpoint},
    links,
    model::Right,
    proof,
    second_factor::page,
    service,
};

/// Starts a session for a staff member. One answer and equal time for an unknown address, a wrong password
/// and a customer's account. `next` is the path to go on to.
#[server]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<Outcome, AppError> {
    let (state, parts) = public_endpoint("this is how one gets a session")?;
    service::sign_in(&state, &parts, &email, password.into(), &next).await
}

/// What the page between password and code shows.
#[server(output = Json)]
pub async fn get_sign_in_step() -> Result<SignInStep, AppError> {
    let (state, parts) = public_endpoint("its cookie says whose sign-in it is, and shows nothing of anybody else")?;
    service::sign_in_step(&state, &parts).await
}

/// The second half of a sign-in: a code of the app, or a recovery code.
#[server]
pub async fn sign_in_code(code: String) -> Result<Outcome, AppError> {
    let (state, parts) = public_endpoint("this is how one gets a session")?;
    service::sign_in_code(&state, &parts, &code).await
}

/// The second half of a sign-in that sets up the second factor: its first code.
#[server]
pub async fn sign_in_enrol(code: String, #[server(default)] enrol: String) -> Result<Outcome, AppError> {
    let _ = enrol; // tells the form apart, says nothing
    let (state, parts) = public_endpoint("this is how one gets a session")?;
    service::sign_in_enrol(&state, &parts, code).await
}

/// The page of one's own second factor.
#[server(input = Json, output = Json)]
pub async fn get_second_factor(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    page::page(&ctx, &parts, &address).await
}

/// Begins to set up one's second factor, makes new recovery codes, or takes it away, as `change` says.
#[server]
pub async fn change_second_factor(change: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    Box::pin(page::change(&ctx, &parts, &change)).await
}

/// Takes the first code of one's new second factor.
#[server]
pub async fn confirm_second_factor(code: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    page::confirm(&ctx, &parts, code).await
}

/// Asks for a mail with a link for a new password. One answer and equal time, whoever the address belongs to.
#[server]
pub async fn ask_reset(email: String) -> Result<Outcome, AppError> {
    let (state, parts) = public_endpoint("who asks has forgotten how to sign in; limited by address and network")?;
    Ok(links::ask_reset(&state, &parts, &email))
}

/// What the page of a one-time link shows.
#[server(input = Json, output = Json)]
pub async fn get_link(token: String) -> Result<LinkPage, AppError> {
    let (state, _) = public_endpoint("who has the link may know what it is for")?;
    links::look(&state, &token).await
}

/// Sets the password that was chosen by a one-time link; `code` when the person has a second factor.
#[server]
pub async fn choose_password(
    token: String,
    password: String,
    #[server(default)] code: String,
) -> Result<Outcome, AppError> {
    let (state, parts) = public_endpoint("the link says for whom it is, once")?;
    Box::pin(links::set_password(&state, &parts, &token, password.into(), &code)).await
}

/// Confirms the new address that a one-time link was sent to.
#[server]
pub async fn confirm_address(token: String, #[server(default)] confirm: String) -> Result<Outcome, AppError> {
    let _ = confirm; // tells the form apart, says nothing
    let (state, parts) = public_endpoint("the link says for whom it is, once")?;
    links::confirm_email(&state, &parts, &token).await
}

/// Shows that it is still the same person, by password or a code of the second factor: acts that need that are open for
/// ten minutes. The forms of such acts send it along as `proof`.
#[server]
pub async fn prove(proof: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    proof::prove(&ctx, &parts, proof).await
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
