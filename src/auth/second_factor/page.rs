//! `/account/second-factor`: what there is, and what can be done with it.

use super::{enrol, shown};
use crate::{
    auth::{
        guard::Ctx,
        model::{Enrolment, Role},
        notice::{Notice, notice},
        service::{attempt, unexpected},
        store::{self, Attempt},
    },
    cards::Card,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    list::model::Query,
    record::Record,
    server::{
        db::{Actor, Stop, act, transact},
        sessions,
    },
    sheet::{Act, Sheet, SheetField},
};
use http::request::Parts;
use time::OffsetDateTime;

/// Where this page is.
const PATH: &str = "/account/second-factor";

/// What the page needs to know.
struct Factor {
    is_on: bool,
    since: Option<OffsetDateTime>,
    /// From when on the role must have one.
    due: Option<OffsetDateTime>,
    codes_left: i64,
}

impl Factor {
    async fn of(ctx: &Ctx) -> Result<Self, AppError> {
        let row = sqlx::query!(
            r#"SELECT u.mfa_enabled, f.confirmed_at AS "confirmed_at?",
                      u.role_since + make_interval(days => s.second_factor_grace_days) AS due,
                      (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL) AS "left!"
               FROM users u CROSS JOIN shop_settings s LEFT JOIN second_factors f ON f.user_id = u.id WHERE u.id = $1"#,
            ctx.me.id
        )
        .fetch_one(&ctx.state.db)
        .await?;
        let due = row.due.filter(|_| matches!(ctx.me.role, Role::Admin | Role::SuperAdmin));
        Ok(Self { is_on: row.mfa_enabled, since: row.confirmed_at, due, codes_left: row.left })
    }

    /// Why it can't be taken away.
    fn why_not_remove(&self, ctx: &Ctx) -> String {
        if self.due.is_some_and(|due| due <= ctx.state.clock.now()) {
            format!("the role {} must have one. Move it to another phone instead.", ctx.me.role.label())
        } else {
            String::new()
        }
    }
}

/// The page, with the act that its address opens. New recovery codes are on it once.
///
/// # Errors
/// When the database says no.
pub async fn page(ctx: &Ctx, parts: &Parts, address: &str) -> Result<Record, AppError> {
    let (_, query) = Query::of_address(address);
    let factor = Factor::of(ctx).await?;
    let pending = enrol::pending(&ctx.state, ctx.me.id).await?;
    let codes = shown::take(&ctx.state, parts, ctx.me.id).await;
    let badge = if factor.is_on { ("badge good", "On") } else { ("badge warn", "Off") };
    let mut cards = Vec::new();
    if !codes.is_empty() {
        cards.push(codes_card(&codes));
    }
    if let Some(pending) = &pending {
        cards.push(pending_card(pending));
    }
    cards.push(factor_card(ctx, &factor, pending.is_some()));
    let sheet = match query.get("act") {
        "confirm" => pending.map(|_| confirm_sheet()),
        "codes" if factor.is_on => Some(codes_sheet()),
        "remove" if factor.is_on => Some(remove_sheet(factor.why_not_remove(ctx))),
        _ => None,
    };
    Ok(Record {
        title: "Second factor".into(),
        badge: (badge.0.into(), badge.1.into()),
        cards,
        sheet,
        ..Record::default()
    })
}

fn codes_card(codes: &[String]) -> Card {
    Card::new("codes", "Your new recovery codes")
        .remark(
            "They are shown this once. Keep them where you find them without your phone: a password manager, or on \
             paper. Each works once. Codes that you had before work no more.",
        )
        .codes(codes)
}

fn pending_card(pending: &Enrolment) -> Card {
    Card::new("scan", "Scan this with your authenticator app")
        .qr(pending.size, &pending.path, &pending.manual_key)
        .act(&Act::link("Enter the first code", "check", format!("{PATH}?act=confirm")))
}

fn factor_card(ctx: &Ctx, factor: &Factor, is_pending: bool) -> Card {
    let zone = ctx.zone();
    let mut card = Card::new("factor", "Authenticator app");
    let begin = |card: Card, look, words| {
        card.button(
            (look, "shield-check", words),
            "/api/techally/auth/api/change_second_factor",
            "begin",
            ("what", "factor"),
        )
    };
    if !factor.is_on {
        card = card.remark(
            "With a second factor your password alone lets nobody in: after it you enter a code from an app on your \
             phone, such as Aegis, Google Authenticator or 1Password.",
        );
        if let Some(due) = factor.due {
            let now = ctx.state.clock.now();
            let words = if due <= now { "At the next sign-in" } else { &zone.stamp(due).long };
            card = card.fact(&format!("Required for {}", ctx.me.role.label()), words);
        }
        return if is_pending { card } else { begin(card, "primary", "Set up") };
    }
    card = card.some_time("On since", factor.since.map(|at| zone.stamp(at)).as_ref());
    let left = if factor.codes_left == 0 { "None: make new ones".to_owned() } else { factor.codes_left.to_string() };
    card = card.fact("Recovery codes left", &left).gap();
    card = card.act(&Act::link("New recovery codes", "refresh-cw", format!("{PATH}?act=codes")));
    let why_not = factor.why_not_remove(ctx);
    let to = if why_not.is_empty() { format!("{PATH}?act=remove") } else { String::new() };
    card = card.act(&Act { why_not, ..Act::link("Remove", "trash-2", to) });
    if is_pending { card } else { begin(card, "", "Move to another phone") }
}

fn confirm_sheet() -> Sheet {
    Sheet {
        title: "Enter the first code".into(),
        effects: vec![
            "From then on each sign-in asks for a code after your password.".into(),
            "You get ten recovery codes, shown once.".into(),
            "Your other sessions end.".into(),
        ],
        to: "/api/techally/auth/api/confirm_second_factor".into(),
        fields: vec![SheetField::of_kind("code", "code", "Code").hint("Six digits that the app shows now.")],
        submit: "Turn on".into(),
        back: PATH.into(),
        ..Sheet::default()
    }
}

fn codes_sheet() -> Sheet {
    Sheet {
        title: "New recovery codes".into(),
        effects: vec!["You get ten new codes, shown once.".into(), "The codes that you have work no more.".into()],
        to: "/api/techally/auth/api/change_second_factor".into(),
        hidden: vec![("change".into(), "codes".into())],
        submit: "Make new codes".into(),
        back: PATH.into(),
        ..Sheet::default()
    }
}

fn remove_sheet(why_not: String) -> Sheet {
    Sheet {
        title: "Remove the second factor".into(),
        effects: vec!["Your password alone lets you in.".into(), "Your recovery codes work no more.".into()],
        to: "/api/techally/auth/api/change_second_factor".into(),
        hidden: vec![("change".into(), "remove".into())],
        submit: "Remove".into(),
        is_danger: true,
        why_not,
        back: PATH.into(),
        ..Sheet::default()
    }
}

/// Begins to set one up, makes new recovery codes, or takes it away.
///
/// # Errors
/// When the database says no.
pub async fn change(ctx: &Ctx, parts: &Parts, what: &str) -> Result<Outcome, AppError> {
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let factor = Factor::of(ctx).await?;
    let (state, user_id) = (ctx.state.clone(), ctx.me.id);
    match what {
        "begin" => {
            act(ctx, Actor::of(ctx), move |connection| {
                Box::pin(async move {
                    enrol::begin(connection, &state, user_id).await?;
                    Ok(done(String::new()))
                })
            })
            .await
        }
        "codes" if factor.is_on => {
            let made = transact(&ctx.state.db, Actor::of(ctx), move |connection| {
                Box::pin(async move {
                    notice(connection, user_id, Notice::NewRecoveryCodes).await?;
                    enrol::new_codes(connection, user_id, state.clock.now()).await
                })
            })
            .await
            .map_err(|stop| unexpected(parts, &stop))?;
            note(ctx, parts, "recovery_codes_made").await?;
            shown::keep(&ctx.state, parts, user_id, &made).await?;
            Ok(Outcome::Done(done(String::new())))
        }
        "remove" if factor.is_on => {
            let why_not = factor.why_not_remove(ctx);
            if !why_not.is_empty() {
                return Ok(Refusal { status: 403, ..Refusal::input(format!("It can't be removed: {why_not}")) }.into());
            }
            let keep = sessions::current(parts);
            let outcome = act(ctx, Actor::of(ctx), move |connection| {
                Box::pin(async move {
                    enrol::remove(connection, user_id).await?;
                    notice(connection, user_id, Notice::SecondFactorOff).await?;
                    sessions::end_others(connection, user_id, keep.as_deref(), state.clock.now()).await?;
                    Ok(done("Your second factor is off. Your other sessions ended.".into()))
                })
            })
            .await?;
            note(ctx, parts, "second_factor_removed").await?;
            sessions::flash_outcome(parts, &outcome).await;
            Ok(outcome)
        }
        _ => Ok(Refusal::conflict("That can't be done any more. Nothing was changed: load the page again.").into()),
    }
}

/// Takes the first code.
///
/// # Errors
/// When the database says no.
pub async fn confirm(ctx: &Ctx, parts: &Parts, code: String) -> Result<Outcome, AppError> {
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let (state, user_id, keep) = (ctx.state.clone(), ctx.me.id, sessions::current(parts));
    let confirmed = transact(&ctx.state.db, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let codes = enrol::confirm(connection, &state, user_id, &code).await?;
            notice(connection, user_id, Notice::SecondFactorOn).await?;
            sessions::end_others(connection, user_id, keep.as_deref(), state.clock.now()).await?;
            Ok(codes)
        })
    })
    .await;
    match confirmed {
        Ok(codes) => {
            note(ctx, parts, "second_factor_set_up").await?;
            shown::keep(&ctx.state, parts, user_id, &codes).await?;
            Ok(Outcome::Done(done(String::new())))
        }
        Err(Stop::Refused(refusal)) => Ok(refusal.into()),
        Err(stop) => Err(unexpected(parts, &stop)),
    }
}

/// On to the page, loaded anew: it may have codes to show.
fn done(message: String) -> Done {
    Done { to: PATH.into(), message, reload: true }
}

async fn note(ctx: &Ctx, parts: &Parts, action: &'static str) -> Result<(), AppError> {
    let attempt = Attempt { action, ..attempt(&ctx.state, parts, Some(ctx.me.id)) };
    Ok(store::note_attempt(&ctx.state.db, attempt).await?)
}
