//! Signing in: who it is, that they are staff, and a new session id.

use super::{
    attempts::{Counters, wait_in_words},
    guard::{Ctx, add_header, request_id, retry_after},
    look,
    model::SignInStep,
    notice::{Notice, notice},
    password,
    password::PasswordError,
    rehash,
    second_factor::{
        check::{self, Checked},
        enrol, shown,
    },
    step, store,
    store::Attempt,
};
use crate::{
    error::AppError,
    forms::{Done, Outcome, Refusal},
    pages,
    server::{
        client::ClientAddr,
        db::{Actor, Stop, act, is_passing, transact},
        forms::local_path,
        hex::hex,
        limits::TooMany,
        sessions,
        state::AppState,
    },
};
use http::{header, request::Parts};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::{sync::atomic::Ordering, time::Duration};
use tower_sessions::Session;
use uuid::Uuid;

/// The one answer to everything that isn't a right address and password of a staff member.
const NO_MATCH: &str = "This address and password don't match a staff account.";
/// What a code is told that comes too late, or twice.
const STEP_ENDED: &str = "This sign-in took too long or is done. Nothing was changed: enter your password again.";
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
    let old_device = client.device_hash();
    let found = if plausible {
        store::find_for_sign_in(&state.db, &email, old_device.as_deref(), state.clock.now()).await?
    } else {
        None
    };
    let known_device = old_device.as_deref().filter(|_| found.as_ref().is_some_and(|user| user.known_device));
    let counters = Counters::of(&email, &client.network, known_device);
    let attempt = |user_id, action| Attempt { action, ..attempt(state, parts, user_id) };
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
    let matches = match password::verify(password.clone(), stored).await {
        Ok(matches) => matches,
        Err(error) => {
            counters.cancelled(state, ticket).await;
            return Err(password_failed(parts, error));
        }
    };
    let Some(user) = found.filter(|user| matches && user.may_sign_in) else {
        state.metrics.sign_ins_failed.fetch_add(1, Ordering::Relaxed);
        store::note_attempt(&state.db, attempt(found_id, "sign_in_failed")).await?;
        return Ok(Refusal { status: 401, ..Refusal::input(NO_MATCH) }.into());
    };
    counters.succeeded(state, ticket).await;
    rehash::anew(state, parts, &user, password).await;
    if user.has_factor || user.must_enrol {
        if user.must_enrol {
            let (own, id) = (state.clone(), user.id);
            transact(&state.db, Actor::person(id, parts), move |connection| {
                Box::pin(async move { enrol::begin(connection, &own, id).await })
            })
            .await
            .map_err(|stop| unexpected(parts, &stop))?;
        }
        store::note_attempt(&state.db, attempt(found_id, "password_right")).await?;
        step::begin(state, &user, next).await?;
        return Ok(Outcome::Done(Done { to: "/login/code".into(), message: String::new(), reload: true }));
    }
    finish(state, parts, user.id, next, String::new()).await
}

/// The end of a sign-in: a session, and the browser is known from now on.
async fn finish(
    state: &AppState,
    parts: &Parts,
    user_id: Uuid,
    next: &str,
    message: String,
) -> Result<Outcome, AppError> {
    let client = Client::of(state, parts);
    state.metrics.sign_ins.fetch_add(1, Ordering::Relaxed);
    store::note_attempt(&state.db, attempt(state, parts, Some(user_id))).await?;
    let session = session(parts)?;
    start(&session, &user_id.to_string(), &client).await.map_err(|error| failed(parts, &error))?;
    remember_device(state, parts, user_id, client.device_hash().as_deref()).await?;
    if !message.is_empty() {
        sessions::flash(parts, &message).await;
    }
    let to = if next.is_empty() { start_page(state, user_id).await? } else { local_path(next).to_owned() };
    Ok(Outcome::Done(Done { to, message, reload: true }))
}

/// The page that the person chose to begin with, as long as they may open it.
async fn start_page(state: &AppState, user_id: Uuid) -> Result<String, AppError> {
    let chosen = store::start_page(&state.db, user_id).await?;
    let open = chosen.filter(|(path, me)| {
        pages::find(path).is_some_and(|page| page.nav.is_some() && page.is_open_to(Some(me), state.config.extras()))
    });
    Ok(open.map_or_else(|| "/".to_owned(), |(path, _)| path))
}

/// The second half of a sign-in: the code of the app, or a recovery code.
pub async fn sign_in_code(state: &AppState, parts: &Parts, typed: &str) -> Result<Outcome, AppError> {
    let Some(step) = step::current(state, parts).await?.filter(|step| !step.must_enrol) else {
        return Ok(Refusal { status: 401, ..Refusal::input(STEP_ENDED) }.into());
    };
    let checked = check::code(state, step.user_id, typed, true).await?;
    let refused = |action, status, message: String| async move {
        state.metrics.sign_ins_failed.fetch_add(1, Ordering::Relaxed);
        let attempt = Attempt { action, ..attempt(state, parts, Some(step.user_id)) };
        store::note_attempt(&state.db, attempt).await?;
        let refusal = Refusal { status, ..Refusal::input("You are not signed in yet.") }.field("code", message);
        Ok(Outcome::Refused(refusal))
    };
    match checked {
        Checked::Code | Checked::Recovery => {}
        Checked::Wrong | Checked::None => {
            let message = "This isn't the code of now. Each code counts once: wait for the next one.";
            return refused("code_failed", 401, message.into()).await;
        }
        Checked::Wait(seconds) => {
            state.metrics.sign_ins_limited.fetch_add(1, Ordering::Relaxed);
            let too_many = TooMany { wait: Duration::from_secs(seconds.into()) };
            retry_after(too_many.seconds());
            let message = format!("Too many wrong codes. Try again in {}.", wait_in_words(too_many));
            return refused("code_limited", 429, message).await;
        }
    }
    // of two requests with the same cookie one signs in
    if !step::end(state, &step).await? {
        return Ok(Refusal { status: 401, ..Refusal::input(STEP_ENDED) }.into());
    }
    let message = if checked == Checked::Recovery {
        let attempt = Attempt { action: "recovery_code_used", ..attempt(state, parts, Some(step.user_id)) };
        store::note_attempt(&state.db, attempt).await?;
        match store::codes_left(&state.db, step.user_id).await? {
            0 => "That was your last recovery code: make new ones on your account page.".into(),
            1 => "You signed in with a recovery code. One is left.".into(),
            left => format!("You signed in with a recovery code. {left} are left."),
        }
    } else {
        String::new()
    };
    finish(state, parts, step.user_id, &step.next, message).await
}

/// The second half of a sign-in whose role must have a second factor and whose person has none yet: its first code.
pub async fn sign_in_enrol(state: &AppState, parts: &Parts, typed: String) -> Result<Outcome, AppError> {
    let Some(step) = step::current(state, parts).await?.filter(|step| step.must_enrol) else {
        return Ok(Refusal { status: 401, ..Refusal::input(STEP_ENDED) }.into());
    };
    let (own, id) = (state.clone(), step.user_id);
    let confirmed = transact(&state.db, Actor::person(id, parts), move |connection| {
        Box::pin(async move {
            let codes = enrol::confirm(connection, &own, id, &typed).await?;
            notice(connection, id, Notice::SecondFactorOn).await?;
            Ok(codes)
        })
    })
    .await;
    let codes = match confirmed {
        Ok(codes) => codes,
        Err(Stop::Refused(refusal)) => return Ok(refusal.into()),
        Err(stop) => return Err(unexpected(parts, &stop)),
    };
    if !step::end(state, &step).await? {
        return Ok(Refusal { status: 401, ..Refusal::input(STEP_ENDED) }.into());
    }
    let outcome = finish(state, parts, id, "/account/second-factor", String::new()).await?;
    shown::keep(state, parts, id, &codes).await?;
    Ok(outcome)
}

/// What the page between password and code shows.
pub async fn sign_in_step(state: &AppState, parts: &Parts) -> Result<SignInStep, AppError> {
    let Some(step) = step::current(state, parts).await? else { return Ok(SignInStep::Ended) };
    if !step.must_enrol {
        return Ok(SignInStep::Code);
    }
    Ok(enrol::pending(state, step.user_id).await?.map_or(SignInStep::Ended, SignInStep::Enrol))
}

/// What ended a transaction that nobody is told of in particular.
pub fn unexpected(parts: &Parts, stop: &Stop) -> AppError {
    let request_id = request_id(parts);
    if matches!(stop, Stop::Database(error) if is_passing(error)) {
        return AppError::Busy;
    }
    tracing::error!(request_id, ?stop, "signing in");
    AppError::Unexpected { request_id }
}

/// What ends a request whose password could not be hashed or checked.
pub fn password_failed(parts: &Parts, error: PasswordError) -> AppError {
    match error {
        PasswordError::Busy => AppError::Busy,
        PasswordError::Failed(why) => {
            tracing::error!(why, "a password");
            AppError::Unexpected { request_id: request_id(parts) }
        }
    }
}

/// An attempt by this request's browser, for `user_activity`.
pub fn attempt(state: &AppState, parts: &Parts, user_id: Option<Uuid>) -> Attempt {
    let Client { ip, user_agent, .. } = Client::of(state, parts);
    Attempt { user_id, action: "sign_in", ip, user_agent, at: state.clock.now() }
}

/// A new id for the session of a person who has just shown who they are; its beginning and end stay.
pub async fn renew(state: &AppState, parts: &Parts) -> Result<(), AppError> {
    let (session, client) = (session(parts)?, Client::of(state, parts));
    let renewed = async {
        session.cycle_id().await?;
        session.insert(sessions::IP, &client.ip).await?;
        session.insert(sessions::USER_AGENT, &client.user_agent).await
    };
    renewed.await.map_err(|error| failed(parts, &error))
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

    fn device_hash(&self) -> Option<Vec<u8>> {
        self.device.as_deref().map(|token| Sha256::digest(token).to_vec())
    }
}

/// Gives the browser a new token, by which the person is known on it.
async fn remember_device(state: &AppState, parts: &Parts, user_id: Uuid, old: Option<&[u8]>) -> Result<(), AppError> {
    let mut bits = [0_u8; DEVICE_TOKEN / 2];
    if getrandom::fill(&mut bits).is_err() {
        // not known is slower for a person under attack, nothing else
        return Ok(());
    }
    let token = hex(&bits);
    let is_new = store::know_device(&state.db, user_id, old, &Sha256::digest(&token), state.clock.now()).await?;
    if is_new {
        tell_of_browser(state, parts, user_id).await;
    }
    let secure = if state.config.is_secure() { "; Secure" } else { "" };
    let name = state.config.device_cookie_name();
    let cookie = format!("{name}={token}; Path=/; Max-Age={DEVICE_AGE}; HttpOnly; SameSite=Lax{secure}");
    add_header(header::SET_COOKIE, &cookie);
    Ok(())
}

/// Tells a person by mail that somebody signed in as them elsewhere. A mail that can't be written keeps nobody out.
async fn tell_of_browser(state: &AppState, parts: &Parts, user_id: Uuid) {
    let user_agent = Client::of(state, parts).user_agent;
    let told = transact(&state.db, Actor::person(user_id, parts), move |connection| {
        Box::pin(async move { notice(connection, user_id, Notice::NewBrowser { user_agent: &user_agent }).await })
    })
    .await;
    if let Err(stop) = told {
        tracing::warn!(?stop, "nobody was told of a new browser");
    }
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
