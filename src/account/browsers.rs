//! Where a person is signed in, what was tried on their account, and ending sessions.

use super::{
    api::EndSessions,
    service::PATH,
    store::{self, Browser},
};
use crate::{
    auth::{activity, device, guard::Ctx},
    cards::Card,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        client::ClientAddr,
        db::{Actor, act},
        sessions,
    },
};
use http::request::Parts;
use server_fn::ServerFn;
use std::net::IpAddr;
use uuid::Uuid;

fn here(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ClientAddr>().map(|address| address.0)
}

fn place(ip: Option<&str>, parts: &Parts) -> String {
    device::place(ip.and_then(|ip| ip.parse().ok()), here(parts))
}

/// The card of signed-in browsers.
pub async fn card(ctx: &Ctx, parts: &Parts) -> Result<Card, AppError> {
    let this = sessions::current(parts).unwrap_or_default();
    let browsers = store::browsers(&ctx.state.db, ctx.me.id, &this, ctx.state.clock.now()).await?;
    let mut card = Card::new("sessions", "Where you are signed in");
    let others = browsers.iter().filter(|browser| !browser.is_this).count();
    for browser in &browsers {
        card = describe(card, browser, ctx, parts);
    }
    if others > 1 {
        let look = ("danger", "log-out", "Sign out everywhere else");
        card = card.button(look, EndSessions::PATH, "others", ("sessions", "1"));
    }
    Ok(card)
}

fn describe(card: Card, browser: &Browser, ctx: &Ctx, parts: &Parts) -> Card {
    let zone = ctx.zone();
    let words = device::in_words(browser.user_agent.as_deref().unwrap_or_default());
    let this = if browser.is_this { ", this one" } else { "" };
    let card = card
        .fact("Browser", &format!("{words}{this}"))
        .fact("Place", &place(browser.ip.as_deref(), parts))
        .time("Signed in", &zone.stamp(browser.created_at))
        .time("Last use", &zone.stamp(browser.last_seen_at));
    let card = if browser.is_this {
        card
    } else {
        let label = format!("Sign out {words}");
        card.button(("", "log-out", &label), EndSessions::PATH, &browser.id.to_string(), ("sessions", "1"))
    };
    card.gap()
}

/// The card of what was tried on the account.
pub async fn activity(ctx: &Ctx, parts: &Parts) -> Result<Card, AppError> {
    let entries = activity::latest(&ctx.state.db, ctx.me.id, ctx.state.clock.now()).await?;
    let card = activity::card(&entries, &ctx.zone(), |ip| place(ip, parts));
    if entries.is_empty() {
        return Ok(card);
    }
    Ok(card.remark("Something here that wasn’t you? Change your password: that signs you out everywhere else."))
}

/// Ends one of one's own sessions, or all but this one. Who found the browser open shall not lock its owner out, so it
/// asks who it is.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn end(ctx: &Ctx, parts: &Parts, which: &str) -> Result<Outcome, AppError> {
    let which = match which {
        "others" => None,
        id => match id.parse::<Uuid>() {
            Ok(id) => Some(id),
            Err(_) => return Ok(Refusal::input("There is no such session. Load the page again.").into()),
        },
    };
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let (me, this, now) = (ctx.me.id, sessions::current(parts), ctx.state.clock.now());
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let Some(id) = which else {
                sessions::end_others(connection, me, this.as_deref(), now).await?;
                let message = "You are signed out everywhere else.";
                return Ok(Done { to: PATH.into(), message: message.into(), reload: false });
            };
            // one's own only, and whoever ended it first: it is ended
            sqlx::query!(
                "UPDATE user_sessions SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
                id,
                me,
                now
            )
            .execute(&mut *connection)
            .await?;
            Ok(Done { to: PATH.into(), message: "That browser is signed out.".into(), reload: false })
        })
    })
    .await
}
