//! Signing in: who it is, that they are staff, and a new session id.

use super::{
    attempts::{Counters, wait_in_words},
    guard::{Ctx, add_header, request_id, retry_after},
    look, password,
    password::PasswordError,
    store,
    store::Attempt,
};
use crate::{
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        client::ClientAddr,
        db::{Actor, act},
        forms::local_path,
        hex::hex,
        sessions,
        state::AppState,
    },
};
use http::{header, request::Parts};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;
use tower_sessions::Session;
use uuid::Uuid;

/// The one answer to everything that isn't a right address and password of a staff member.
const NO_MATCH: &str = "This address and password don't match a staff account.";
/// Hexadecimal digits of a browser's own token.
const DEVICE_TOKEN: usize = 32;
/// Seconds that a browser keeps it: half a year.
const DEVICE_AGE: u32 = 180 * 24 * 3_600;

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
    let client = Client::of(state, parts);
    let old_device = client.device.as_deref().map(|token| Sha256::digest(token).to_vec());
    let found = if plausible {
        store::find_for_sign_in(&state.db, &email, old_device.as_deref(), state.clock.now()).await?
    } else {
        None
    };
    let known_device = old_device.as_deref().filter(|_| found.as_ref().is_some_and(|user| user.known_device));
    let counters = Counters::of(&email, &client.network, known_device);
    let attempt = |user_id, action| Attempt {
        user_id,
        action,
        ip: client.ip.clone(),
        user_agent: &client.user_agent,
        at: state.clock.now(),
    };
    let found_id = found.as_ref().map(|user| user.id);
    let ticket = match counters.begin(state).await {
        Ok(ticket) => ticket,
        Err(too_many) => {
            state.metrics.sign_ins_limited.fetch_add(1, Ordering::Relaxed);
            store::note_attempt(&state.db, attempt(found_id, "sign_in_limited")).await?;
            retry_after(too_many.seconds());
            let message = format!("Too many failed sign-ins. Try again in {}.", wait_in_words(too_many));
            return Ok(Refusal { status: 429, ..Refusal::input(message) }.into());
        }
    };
    let password = if plausible { password } else { SecretString::from(String::new()) };
    let stored = found.as_ref().map(|user| user.password_hash.clone());
    let matches = match password::verify(password, stored).await {
        Ok(matches) => matches,
        Err(error) => {
            counters.cancelled(state, ticket).await;
            return Err(match error {
                PasswordError::Busy => AppError::Busy,
                PasswordError::Failed(why) => {
                    tracing::error!(why, "sign-in");
                    AppError::Unexpected { request_id: request_id(parts) }
                }
            });
        }
    };
    let Some(user) = found.filter(|user| matches && user.may_sign_in) else {
        state.metrics.sign_ins_failed.fetch_add(1, Ordering::Relaxed);
        store::note_attempt(&state.db, attempt(found_id, "sign_in_failed")).await?;
        return Ok(Refusal { status: 401, ..Refusal::input(NO_MATCH) }.into());
    };
    counters.succeeded(state, ticket).await;
    state.metrics.sign_ins.fetch_add(1, Ordering::Relaxed);
    store::note_attempt(&state.db, attempt(found_id, "sign_in")).await?;
    let session = session(parts)?;
    start(&session, &user.id.to_string(), &client).await.map_err(|error| failed(parts, &error))?;
    remember_device(state, user.id, old_device.as_deref()).await?;
    let to = if next.is_empty() { "/" } else { local_path(next) };
    Ok(Outcome::Done(Done { to: to.to_owned(), message: String::new(), reload: true }))
}

/// Who is trying, as far as it can be seen.
struct Client {
    ip: Option<String>,
    network: String,
    user_agent: String,
    /// The browser's own token, if it has one.
    device: Option<String>,
}

impl Client {
    fn of(state: &AppState, parts: &Parts) -> Self {
        let address = parts.extensions.get::<ClientAddr>();
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let device = sessions::cookie(&parts.headers, state.config.device_cookie_name());
        Self {
            ip: address.map(|address| address.0.to_string()),
            network: address.map_or_else(String::new, |address| address.network().to_string()),
            user_agent: user_agent.unwrap_or_default().to_owned(),
            device: device.filter(|token| token.len() == DEVICE_TOKEN).map(str::to_owned),
        }
    }
}

/// Gives the browser a new token, by which the person is known on it.
async fn remember_device(state: &AppState, user_id: Uuid, old: Option<&[u8]>) -> Result<(), AppError> {
    let mut bits = [0_u8; DEVICE_TOKEN / 2];
    if getrandom::fill(&mut bits).is_err() {
        // not known is slower for a person under attack, nothing else
        return Ok(());
    }
    let token = hex(&bits);
    store::know_device(&state.db, user_id, old, &Sha256::digest(&token), state.clock.now()).await?;
    let secure = if state.config.is_secure() { "; Secure" } else { "" };
    let name = state.config.device_cookie_name();
    let cookie = format!("{name}={token}; Path=/; Max-Age={DEVICE_AGE}; HttpOnly; SameSite=Lax{secure}");
    add_header(header::SET_COOKIE, &cookie);
    Ok(())
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
async fn start(session: &Session, user_id: &str, client: &Client) -> Result<(), tower_sessions::session::Error> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(sessions::USER_ID, user_id).await?;
    session.insert(sessions::IP, &client.ip).await?;
    session.insert(sessions::USER_AGENT, &client.user_agent).await
}

fn session(parts: &Parts) -> Result<Session, AppError> {
    parts.extensions.get::<Session>().cloned().ok_or_else(|| AppError::Unexpected { request_id: request_id(parts) })
}

fn failed(parts: &Parts, error: &tower_sessions::session::Error) -> AppError {
    let request_id = request_id(parts);
    tracing::error!(request_id, %error, "session");
    AppError::Unexpected { request_id }
}
