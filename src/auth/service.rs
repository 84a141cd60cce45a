//! Signing in: who it is, that they are staff, and a new session id.

use super::{guard::Ctx, look, password, password::PasswordError, store};
use crate::{
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, act},
        forms::local_path,
        sessions,
        state::AppState,
    },
};
use http::{header, request::Parts};
use secrecy::{ExposeSecret, SecretString};
use tower_sessions::Session;

/// The one answer to everything that isn't a right address and password of a staff member.
const NO_MATCH: &str = "This address and password don't match a staff account.";

pub async fn sign_in(
    state: &AppState,
    parts: &Parts,
    email: &str,
    password: SecretString,
    next: &str,
) -> Result<Outcome, AppError> {
    let email = email.trim().to_lowercase();
    let mut missing = Refusal::input("Fill in both fields.");
    if email.is_empty() {
        missing = missing.field("email", "Enter your email address.");
    }
    if password.expose_secret().is_empty() {
        missing = missing.field("password", "Enter your password.");
    }
    if let Err(refusal) = missing.check() {
        return Ok(refusal.into());
    }
    // longer or unstorable input can't be anybody's: say so as for a wrong one, without hashing megabytes
    let plausible = email.len() <= 255 && !email.contains('\0') && password.expose_secret().len() <= password::LONGEST;
    let found = if plausible { store::find_for_sign_in(&state.db, &email).await? } else { None };
    let password = if plausible { password } else { SecretString::from(String::new()) };
    let stored = found.as_ref().map(|user| user.password_hash.clone());
    let matches = match password::verify(password, stored).await {
        Ok(matches) => matches,
        Err(PasswordError::Busy) => return Err(AppError::Busy),
        Err(error @ PasswordError::Failed(_)) => {
            tracing::error!(%error, "sign-in");
            return Err(AppError::Unexpected { request_id: super::guard::request_id(parts) });
        }
    };
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let allowed = found.filter(|user| matches && user.may_sign_in);
    store::note_attempt(&state.db, allowed.as_ref().map(|user| user.id), allowed.is_some(), user_agent).await?;
    let Some(user) = allowed else {
        return Ok(Refusal { status: 401, ..Refusal::input(NO_MATCH) }.into());
    };
    let session = session(parts)?;
    start(&session, &user.id.to_string(), user_agent).await.map_err(|error| failed(parts, &error))?;
    let to = if next.is_empty() { "/" } else { local_path(next) };
    Ok(Outcome::Done(Done { to: to.to_owned(), message: String::new(), reload: true }))
}

pub async fn sign_out(parts: &Parts) -> Result<Outcome, AppError> {
    session(parts)?.flush().await.map_err(|error| failed(parts, &error))?;
    Ok(Outcome::Done(Done { to: "/login".into(), message: String::new(), reload: true }))
}

/// Keeps a person's theme or density; what is empty stays as it is.
pub async fn set_look(ctx: &Ctx, theme: String, density: String, back: &str) -> Result<Outcome, AppError> {
    let known = ["", "system", "light", "dark"].contains(&theme.as_str())
        && ["", "compact", "relaxed"].contains(&density.as_str());
    if !known {
        return Ok(Refusal::input("There is no such theme or density. Nothing was changed.").into());
    }
    if !theme.is_empty() {
        look::remember(&theme);
    }
    let (user_id, to) = (ctx.me.id, local_path(back).to_owned());
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            store::set_look(connection, user_id, &theme, &density).await?;
            Ok(Done { to, message: String::new(), reload: false })
        })
    })
    .await
}

/// A new id at each sign-in: one that was planted in the browser before is worth nothing.
async fn start(session: &Session, user_id: &str, user_agent: &str) -> Result<(), tower_sessions::session::Error> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(sessions::USER_ID, user_id).await?;
    session.insert(sessions::USER_AGENT, user_agent).await
}

fn session(parts: &Parts) -> Result<Session, AppError> {
    parts
        .extensions
        .get::<Session>()
        .cloned()
        .ok_or_else(|| AppError::Unexpected { request_id: super::guard::request_id(parts) })
}

fn failed(parts: &Parts, error: &tower_sessions::session::Error) -> AppError {
    let request_id = super::guard::request_id(parts);
    tracing::error!(request_id, %error, "session");
    AppError::Unexpected { request_id }
}
