//! Server functions of one's own account. None takes the id of a person: it is always the caller's.

use super::model::Preferences;
use crate::{codec::Json, error::AppError, forms::Outcome, record::Record};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::{avatar, browsers, preferences, profile, service};
#[cfg(feature = "ssr")]
use crate::auth::{
    guard::{guard, public_endpoint},
    links,
    model::Right,
    own_password,
};

/// The page of one's own account at this address.
#[server(input = Json, output = Json)]
pub async fn get_account(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    Box::pin(service::account(&ctx, &parts, &address)).await
}

/// The page where one's picture is changed.
#[server(input = Json, output = Json)]
pub async fn get_picture(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let _ = address; // it shows nothing but the picture
    Ok(service::picture(&ctx))
}

/// Changes one's own name and phone number; `version` is the row's when the form was drawn.
#[server]
pub async fn change_profile(
    version: i32,
    first_name: String,
    last_name: String,
    #[server(default)] phone: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    Box::pin(profile::change(&ctx, &parts, version, [first_name, last_name, phone])).await
}

/// Asks for another e-mail address: it counts when the link that is sent there was opened.
#[server]
pub async fn change_email(email: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    Box::pin(links::start_email_change(&ctx, &email)).await
}

/// Changes one's own password: all other sessions end, and this one goes on under a new id.
#[server]
pub async fn change_password(
    current_password: String,
    new_password: String,
    #[server(default)] new_password_again: String,
) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    Box::pin(own_password::change(&ctx, &parts, current_password, new_password, new_password_again)).await
}

/// Ends one of one's own sessions by its id, or all but this one (`others`).
#[server]
pub async fn end_sessions(change: String, #[server(default)] sessions: String) -> Result<Outcome, AppError> {
    let _ = sessions; // tells the form apart, says nothing
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    Box::pin(browsers::end(&ctx, &parts, &change)).await
}

/// Keeps one's own preferences.
#[server]
pub async fn save_preferences(#[server(flatten)] preferences: Preferences) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    Box::pin(preferences::save(&ctx, &parts, preferences)).await
}

/// Takes one's own picture away.
#[server]
pub async fn remove_picture(#[server(default)] picture: String) -> Result<Outcome, AppError> {
    let _ = picture; // tells the form apart, says nothing
    let ctx = guard(Right::SignedIn).await?;
    let (_, parts) = public_endpoint("the right was just checked")?;
    Box::pin(avatar::remove(&ctx, &parts)).await
}
