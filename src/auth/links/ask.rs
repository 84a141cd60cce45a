//! Asking for a link: for a new password by anybody, for a new address by its person.

use super::{
    issue::{NewLink, issue},
    store,
    token::Kind,
};
use crate::{
    auth::{
        guard::{Ctx, request_id, retry_after},
        notice::{Notice, notice},
        service,
        store::{Attempt, note_attempt},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        client::ClientAddr,
        db::{Actor, Stop, act, transact},
        limits::Rule,
        state::AppState,
        texts::is_email,
    },
};
use http::request::Parts;
use std::time::Duration;

/// Resets that are mailed to one address in [`WINDOW`]. Who asks for one again ends the one before, so that what a
/// stranger can do to somebody is three mails, of which the last one works.
const OF_AN_ADDRESS: usize = 3;
/// Resets that one network asks for in [`WINDOW`].
const OF_A_NETWORK: usize = 20;
/// New addresses that one person asks for in [`WINDOW`]: each is a mail to somewhere.
const OF_A_PERSON: usize = 5;
const WINDOW: Duration = Duration::from_hours(1);

/// Asks for a new password. The answer comes before anything is looked up, so that it is the same, and takes the same
/// time, whoever the address belongs to.
pub fn ask_reset(state: &AppState, parts: &Parts, email: &str) -> Outcome {
    let email = email.trim().to_lowercase();
    if !is_email(&email) || email.contains('\0') {
        return Refusal::input("No mail was sent.")
            .field("email", "Enter the e-mail address that you sign in with.")
            .into();
    }
    let network =
        parts.extensions.get::<ClientAddr>().map_or_else(String::new, |address| address.network().to_string());
    let attempt = Attempt { action: "reset_asked", ..service::attempt(state, parts, None) };
    let (state, request_id) = (state.clone(), request_id(parts));
    tokio::spawn(async move {
        if let Err(stop) = reset(&state, email, &network, attempt, request_id).await {
            tracing::error!(?stop, "a new password was asked for, and no mail written");
        }
    });
    Outcome::Done(Done { to: "/login/forgot?done=sent".into(), message: String::new(), reload: true })
}

async fn reset(
    state: &AppState,
    email: String,
    network: &str,
    attempt: Attempt,
    request_id: String,
) -> Result<(), Stop> {
    let rules = [
        Rule::at_most(OF_A_NETWORK, WINDOW, "reset by network", network),
        Rule::at_most(OF_AN_ADDRESS, WINDOW, "reset of address", &email),
    ];
    if state.limits.take(state.redis.as_ref(), state.clock.millis(), &rules).await.is_err() {
        tracing::info!(request_id, "a new password was asked for too often");
        return Ok(());
    }
    let user_id = store::who_signs_in(&state.db, &email, state.clock.now()).await?;
    note_attempt(&state.db, Attempt { user_id, ..attempt }).await?;
    let Some(user_id) = user_id else { return Ok(()) };
    let own = state.clone();
    let actor = Actor { user_id: None, kind: "system", request_id, reason: "Asked for where one signs in".into() };
    transact(&state.db, actor, move |connection| {
        Box::pin(async move {
            issue(connection, &own, NewLink { kind: Kind::Reset, user_id, email, created_by: None }).await
        })
    })
    .await
}

/// Sends the person a link by which a new address of theirs is confirmed, and tells the old one. Needs a fresh proof.
/// Whether the new address belongs to somebody else is told to who opens the link, nobody else.
///
/// # Errors
/// When the database says no; refusals are values, beside the field `email`.
pub async fn start_email_change(ctx: &Ctx, new_address: &str) -> Result<Outcome, AppError> {
    let email = new_address.trim().to_lowercase();
    let refused = |why: &str| Refusal::input("Your address was not changed.").field("email", why).into();
    if !is_email(&email) || email.contains('\0') {
        return Ok(refused("This is no e-mail address."));
    }
    let (state, user_id) = (&ctx.state, ctx.me.id);
    if store::address(&state.db, user_id).await?.is_some_and(|current| current == email) {
        return Ok(refused("This is your address already."));
    }
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let rule = [Rule::at_most(OF_A_PERSON, WINDOW, "new address", &user_id.to_string())];
    if let Err(too_many) = state.limits.take(state.redis.as_ref(), state.clock.millis(), &rule).await {
        retry_after(too_many.seconds());
        let message = "You asked for this several times within an hour. Use the last mail, or try again later.";
        return Ok(Refusal { status: 429, ..Refusal::input(message) }.into());
    }
    let own = state.clone();
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let message = format!(
                "A mail with a link went to {email}. Your address changes when you open the link, within 24 hours."
            );
            notice(connection, user_id, Notice::AddressAsked { new: &email }).await?;
            issue(connection, &own, NewLink { kind: Kind::Email, user_id, email, created_by: Some(user_id) }).await?;
            Ok(Done { to: "/account".into(), message, reload: false })
        })
    })
    .await
}
