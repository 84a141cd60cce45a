//! Looking at a link, and using it once.

use super::{
    model::LinkPage,
    store::{self, Found},
    token::{Kind, Signed, parse},
};
use crate::{
    auth::{
        attempts::wait_in_words,
        guard::{CurrentUser, retry_after},
        model::mask_email,
        notice::{Notice, notice},
        password, password_rules,
        second_factor::check::{self, Checked},
        service,
        store::{Attempt, note_attempt},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, Stop, transact},
        limits::{Rule, TooMany},
        state::AppState,
    },
};
use http::request::Parts;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use uuid::Uuid;

/// Tries with one link in [`WINDOW`]: passwords that are too weak, codes that are wrong.
const MOST: usize = 20;
const WINDOW: Duration = Duration::from_mins(10);

/// Why a link isn't taken.
#[derive(Clone, Copy, Debug)]
enum Not {
    /// No link of ours.
    Unknown,
    /// One that was.
    Dead,
}

impl From<Not> for Refusal {
    fn from(not: Not) -> Self {
        match not {
            Not::Unknown => Self {
                status: 404,
                ..Self::input(
                    "This link is not one of ours, or was cut off. Nothing was changed: open it from the mail again.",
                )
            },
            Not::Dead => Self {
                status: 410,
                ..Self::input("This link does not work any more. Nothing was changed: ask for a new one.")
            },
        }
    }
}

/// The link of a token, if it still works. Changes nothing, so that programs that open links of mails use none up.
async fn find(state: &AppState, token: &str) -> Result<Result<(Kind, Found), Not>, AppError> {
    let Some((id, signature)) = parse(token) else { return Ok(Err(Not::Unknown)) };
    let Some(found) = store::find(&state.db, id, state.clock.now()).await? else { return Ok(Err(Not::Unknown)) };
    let Some(kind) = Kind::parse(&found.kind) else { return Ok(Err(Not::Unknown)) };
    let signed = Signed { id, kind, user_id: found.user_id, email: &found.email };
    if !signed.verify(&state.config.keys, signature) {
        return Ok(Err(Not::Unknown));
    }
    Ok(if found.is_good { Ok((kind, found)) } else { Err(Not::Dead) })
}

/// What the page of a link shows.
///
/// # Errors
/// When the database says no.
pub async fn look(state: &AppState, token: &str) -> Result<LinkPage, AppError> {
    Ok(match find(state, token).await? {
        Err(Not::Unknown) => LinkPage::Unknown,
        Err(Not::Dead) => LinkPage::Dead,
        Ok((Kind::Email, found)) => LinkPage::Email { email: mask_email(&found.email) },
        Ok((kind, found)) => LinkPage::Password {
            email: mask_email(&found.email),
            is_first: kind == Kind::Invitation,
            needs_code: found.has_factor,
        },
    })
}

/// Sets the password that was chosen by a link, and ends all sessions of its person.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn set_password(
    state: &AppState,
    parts: &Parts,
    token: &str,
    password: SecretString,
    code: &str,
) -> Result<Outcome, AppError> {
    let (kind, found) = match find(state, token).await? {
        Ok((Kind::Email, _)) => return Ok(Refusal::from(Not::Unknown).into()),
        Ok(found) => found,
        Err(not) => return Ok(Refusal::from(not).into()),
    };
    let rule = [Rule::at_most(MOST, WINDOW, "link", &found.id.to_string())];
    if let Err(too_many) = state.limits.take(state.redis.as_ref(), state.clock.millis(), &rule).await {
        return Ok(wait("Your password is not set.", too_many).into());
    }
    let known = [&*found.first_name, &*found.last_name, &*found.email, &*found.company];
    if let Err(why) = password_rules::check(password.expose_secret(), &known) {
        return Ok(Refusal::input("Your password is not set.").field("password", why).into());
    }
    // last of what can be refused: a code counts once
    if found.has_factor
        && let Err(refusal) = check_code(state, parts, found.user_id, code).await?
    {
        return Ok(refusal.into());
    }
    let hash = password::hash(password).await.map_err(|error| service::password_failed(parts, error))?;
    let (own, id, user_id, had_factor) = (state.clone(), found.id, found.user_id, found.has_factor);
    let done = transact(&state.db, actor(parts, &found, kind), move |connection| {
        Box::pin(async move {
            let now = own.clock.now();
            // of two at the same moment the second waits here, and finds the link used
            let found = store::lock(connection, id, user_id, now).await?.filter(|found| found.is_good);
            // a second factor that was set up meanwhile was not asked for
            if found.is_none_or(|found| found.has_factor && !had_factor) {
                return Err(Refusal::from(Not::Dead).into());
            }
            store::end_by_use(connection, id, now).await?;
            store::set_password(connection, user_id, &hash, now).await?;
            if kind == Kind::Reset {
                notice(connection, user_id, Notice::PasswordChanged).await?;
            }
            Ok(())
        })
    })
    .await;
    if let Err(refusal) = refused(parts, done)? {
        return Ok(refusal.into());
    }
    let action = if kind == Kind::Reset { "password_reset" } else { "invitation_used" };
    note_attempt(&state.db, Attempt { action, ..service::attempt(state, parts, Some(user_id)) }).await?;
    Ok(Outcome::Done(Done { to: "/login?done=password".into(), message: String::new(), reload: true }))
}

/// Confirms the new address that a link was sent to.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn confirm_email(state: &AppState, parts: &Parts, token: &str) -> Result<Outcome, AppError> {
    let (kind, found) = match find(state, token).await? {
        Ok((Kind::Email, found)) => (Kind::Email, found),
        Ok(_) => return Ok(Refusal::from(Not::Unknown).into()),
        Err(not) => return Ok(Refusal::from(not).into()),
    };
    let (own, id, user_id) = (state.clone(), found.id, found.user_id);
    let done = transact(&state.db, actor(parts, &found, kind), move |connection| {
        Box::pin(async move {
            let now = own.clock.now();
            let found = store::lock(connection, id, user_id, now).await?.filter(|found| found.is_good);
            let Some(found) = found else { return Err(Refusal::from(Not::Dead).into()) };
            store::end_by_use(connection, id, now).await?;
            if !store::set_email(connection, user_id, &found.email).await? {
                let message =
                    "Another account has this address. Nothing was changed: use another one, or ask an administrator.";
                return Err(Refusal::conflict(message).into());
            }
            notice(connection, user_id, Notice::AddressChanged { old: &found.current_email, new: &found.email }).await
        })
    })
    .await;
    if let Err(refusal) = refused(parts, done)? {
        return Ok(refusal.into());
    }
    note_attempt(&state.db, Attempt { action: "address_changed", ..service::attempt(state, parts, Some(user_id)) })
        .await?;
    // who isn't signed in has no session that a message could wait in
    let is_here = parts.extensions.get::<CurrentUser>().is_some_and(|CurrentUser(me)| me.id == user_id);
    Ok(Outcome::Done(if is_here {
        Done { to: "/account".into(), message: "Your new address is confirmed.".into(), reload: true }
    } else {
        Done { to: "/login?done=email".into(), message: String::new(), reload: true }
    }))
}

/// One try at the code of the second factor, or a recovery code.
async fn check_code(
    state: &AppState,
    parts: &Parts,
    user_id: Uuid,
    typed: &str,
) -> Result<Result<(), Refusal>, AppError> {
    const UNSET: &str = "Your password is not set.";
    if typed.trim().is_empty() {
        let message = "Enter a code of your authenticator app, or one of your recovery codes.";
        return Ok(Err(Refusal::input(UNSET).field("code", message)));
    }
    let note = |action| note_attempt(&state.db, Attempt { action, ..service::attempt(state, parts, Some(user_id)) });
    match check::code(state, user_id, typed, true).await? {
        Checked::Code => Ok(Ok(())),
        Checked::Recovery => {
            note("recovery_code_used").await?;
            Ok(Ok(()))
        }
        Checked::Wrong | Checked::None => {
            note("code_failed").await?;
            let message = "This isn't the code of now. Each code counts once: wait for the next one.";
            Ok(Err(Refusal::input(UNSET).field("code", message)))
        }
        Checked::Wait(seconds) => {
            note("code_limited").await?;
            Ok(Err(wait(UNSET, TooMany { wait: Duration::from_secs(seconds.into()) })))
        }
    }
}

fn wait(what: &str, too_many: TooMany) -> Refusal {
    retry_after(too_many.seconds());
    let message = format!("{what} Too many tries: try again in {}.", wait_in_words(too_many));
    Refusal { status: 429, ..Refusal::input(message) }
}

fn actor(parts: &Parts, found: &Found, kind: Kind) -> Actor {
    let reason = match kind {
        Kind::Invitation => "With the link of an invitation",
        Kind::Reset => "With a link for a new password",
        Kind::Email => "With a link for a new address",
    };
    Actor::person(found.user_id, parts).because(reason)
}

fn refused(parts: &Parts, done: Result<(), Stop>) -> Result<Result<(), Refusal>, AppError> {
    match done {
        Ok(()) => Ok(Ok(())),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(stop) => Err(service::unexpected(parts, &stop)),
    }
}
