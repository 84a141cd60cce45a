//! That it is still the same person: by password, or a code of the second factor. Recovery codes don't count, they are
//! for getting in. A proof gives the session a new id, so that one that was stolen before doesn't share in it.

use super::{
    attempts::wait_in_words,
    guard::{Ctx, retry_after},
    password,
    second_factor::check::{self, Checked},
    service,
    store::{self, Attempt},
};
use crate::{
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::limits::{Rule, Ticket, TooMany},
};
use http::request::Parts;
use secrecy::SecretString;
use std::time::Duration;

/// Wrong proofs in [`WINDOW`], of one person.
const MOST: usize = 10;
/// What is counted together.
const WINDOW: Duration = Duration::from_mins(5);

/// Tries a password or a code.
///
/// # Errors
/// When the database says no; what is wrong is a refusal that asks again.
pub async fn prove(ctx: &Ctx, parts: &Parts, typed: String) -> Result<Outcome, AppError> {
    if typed.trim().is_empty() {
        return Ok(wrong("Enter your password, or a code of your authenticator app.").into());
    }
    let state = &ctx.state;
    let ticket = match begin(ctx).await {
        Ok(ticket) => ticket,
        Err(why) => return Ok(wait(why).into()),
    };
    let looks_like_code = typed.len() <= 10 && typed.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let mut proved = false;
    if looks_like_code {
        match check::code(state, ctx.me.id, &typed, false).await? {
            Checked::Code => proved = true,
            Checked::Wait(seconds) => {
                return Ok(wait(too_many(TooMany { wait: Duration::from_secs(seconds.into()) })).into());
            }
            Checked::Recovery | Checked::Wrong | Checked::None => {}
        }
    }
    if !proved && typed.len() <= password::LONGEST {
        let stored = store::password_hash(&state.db, ctx.me.id).await?;
        proved = password::verify(SecretString::from(typed), stored)
            .await
            .map_err(|error| service::password_failed(parts, error))?;
    }
    let action = if proved { "proved" } else { "proof_failed" };
    let attempt = Attempt { action, ..service::attempt(state, parts, Some(ctx.me.id)) };
    store::note_attempt(&state.db, attempt).await?;
    if !proved {
        return Ok(wrong("This is neither your password nor a code of now.").into());
    }
    state.limits.give_back(state.redis.as_ref(), ticket).await;
    service::renew(state, parts).await?;
    Ok(Outcome::Done(Done::default()))
}

fn wrong(message: &str) -> Refusal {
    Refusal::proof().field("proof", message)
}

fn wait(why: String) -> Refusal {
    Refusal { status: 429, ..Refusal::proof() }.field("proof", why)
}

/// Counts a try before its password is looked at, wherever the person is asked for it.
///
/// # Errors
/// How long to wait, in words; the answer has it too.
pub(super) async fn begin(ctx: &Ctx) -> Result<Ticket, String> {
    let rule = [Rule::at_most(MOST, WINDOW, "proof", &ctx.me.id.to_string())];
    ctx.state.limits.take(ctx.state.redis.as_ref(), ctx.state.clock.millis(), &rule).await.map_err(too_many)
}

fn too_many(wait: TooMany) -> String {
    retry_after(wait.seconds());
    format!("Too many wrong tries. Try again in {}.", wait_in_words(wait))
}
