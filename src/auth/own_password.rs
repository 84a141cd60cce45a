//! Changing one's own password: with the one of now, which is the proof. All other sessions end with it, and this one
//! goes on under a new id, so that whoever had the old cookie is out.

use super::{
    guard::Ctx,
    notice::{Notice, notice},
    password, password_rules, proof, service,
    store::{self, Attempt},
};
use crate::{
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, act},
        sessions,
    },
};
use http::request::Parts;
use secrecy::{ExposeSecret, SecretString};

const NOT_CHANGED: &str = "Your password was not changed.";

/// Changes it.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn change(
    ctx: &Ctx,
    parts: &Parts,
    current: String,
    new: String,
    again: String,
) -> Result<Outcome, AppError> {
    let (current, new, again) = (SecretString::from(current), SecretString::from(new), SecretString::from(again));
    let mut refusal = Refusal::input(NOT_CHANGED);
    if current.expose_secret().is_empty() {
        refusal = refusal.field("current_password", "Enter the password that you have now.");
    }
    if !new.expose_secret().is_empty() && new.expose_secret() == current.expose_secret() {
        refusal = refusal.field("new_password", "This is the password that you have now. Choose another.");
    } else if let Err(why) = rules(ctx, &new).await? {
        refusal = refusal.field("new_password", why);
    } else if again.expose_secret() != new.expose_secret() {
        refusal = refusal.field("new_password_again", "This isn’t the same as above.");
    }
    if let Err(refusal) = refusal.check() {
        return Ok(refusal.into());
    }
    let state = &ctx.state;
    // counted together with the proofs of this person: who guesses here has no more tries than there
    let ticket = match proof::begin(ctx).await {
        Ok(ticket) => ticket,
        Err(why) => {
            let refusal = Refusal { status: 429, ..Refusal::input(NOT_CHANGED) };
            return Ok(refusal.field("current_password", why).into());
        }
    };
    let stored = store::password_hash(&state.db, ctx.me.id).await?;
    let is_right = current.expose_secret().len() <= password::LONGEST
        && password::verify(current, stored.clone()).await.map_err(|error| service::password_failed(parts, error))?;
    let note =
        |action| store::note_attempt(&state.db, Attempt { action, ..service::attempt(state, parts, Some(ctx.me.id)) });
    if !is_right {
        note("proof_failed").await?;
        return Ok(Refusal::input(NOT_CHANGED).field("current_password", "This isn’t your password.").into());
    }
    state.limits.give_back(state.redis.as_ref(), ticket).await;
    let hash = password::hash(new).await.map_err(|error| service::password_failed(parts, error))?;
    let (me, this, now) = (ctx.me.id, sessions::current(parts), state.clock.now());
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let changed = sqlx::query!(
                "UPDATE users SET password_hash = $2, password_changed_at = $4 WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $3",
                me,
                hash,
                stored,
                now
            )
            .execute(&mut *connection)
            .await?;
            if changed.rows_affected() == 0 {
                return Err(Refusal::conflict("Your password was changed meanwhile, elsewhere. Nothing was changed here.").into());
            }
            sessions::end_others(connection, me, this.as_deref(), now).await?;
            notice(connection, me, Notice::PasswordChanged).await?;
            let message = "Your password is changed. You are signed out everywhere else.";
            Ok(Done { to: "/account".into(), message: message.into(), reload: false })
        })
    })
    .await?;
    if matches!(outcome, Outcome::Done(_)) {
        note("password_changed").await?;
        service::renew(state, parts).await?;
    }
    Ok(outcome)
}

/// Why a password can't be taken; it is nothing that everybody knows of the person or the shop either.
async fn rules(ctx: &Ctx, new: &SecretString) -> Result<Result<(), String>, AppError> {
    let known = sqlx::query!(
        "SELECT u.email, u.first_name, u.last_name, s.company FROM users u CROSS JOIN shop_settings s WHERE u.id = $1",
        ctx.me.id
    )
    .fetch_one(&ctx.state.db)
    .await?;
    let known = [&known.email, &known.first_name, &known.last_name, &known.company].map(String::as_str);
    Ok(password_rules::check(new.expose_secret(), &known))
}
