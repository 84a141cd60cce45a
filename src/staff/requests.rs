//! Rights for a time: asking, granting or refusing, ending before the time is over.
//!
//! Locks are taken in one order: the row of the person whose right it is, then the request. A change of that person's role
//! takes the same row, so that of a grant and a change of role at the same moment the grant is ended, whichever came first.

use super::{
    acts::still_may,
    api::{AskForRight, DecideRequest, EndRight},
    model::{hours, right_name},
    store::RequestRow,
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    inbox::tell::{About, others_of, tell},
    server::{
        db::{Actor, Stop, act},
        texts::read_reason,
    },
    sheet::{Sheet, SheetField},
};
use server_fn::ServerFn;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Hours that can be asked for.
const HOURS: [i32; 5] = [1, 4, 8, 24, 72];
/// Where people see their own.
const OWN: &str = "/settings/roles";

/// Why a person can't ask for a right; nothing: they can.
pub fn why_not_ask(right: Right, me: &Me) -> Option<String> {
    if me.may(right) {
        return Some(format!("You have the right “{}” already.", right.label()));
    }
    (!right.is_lendable()).then(|| {
        let giver = Role::GIVER.label().to_lowercase();
        format!("The right “{}” isn't granted for a time. A {giver} gives a role that has it.", right.label())
    })
}

/// Why a person can't decide about a right that somebody asked for; nothing: they can.
pub fn why_not_decide(me: &Me, asker: Uuid, right: Option<Right>) -> Option<String> {
    let Some(right) = right else { return Some("there is no such right any more.".into()) };
    if me.id == asker {
        return Some("another person decides about what you ask for.".into());
    }
    if !me.may(Right::GrantRights) {
        return Some(format!("for these roles only: {}.", Right::GrantRights.holder_names()));
    }
    (!right.held_by(me.role)).then(|| {
        let deciders: Vec<&str> = deciders(right).map(Role::label).collect();
        format!("your role doesn't have this right itself. These can: {}.", deciders.join(", "))
    })
}

/// Roles whose people decide about a right.
fn deciders(right: Right) -> impl Iterator<Item = Role> {
    Right::GrantRights.holders().iter().copied().filter(move |role| right.held_by(*role))
}

/// The form to ask for a right.
pub fn ask_sheet(me: &Me, code: &str) -> Option<Sheet> {
    let right = Right::parse(code)?;
    let deciders: Vec<&str> = deciders(right).map(Role::label).collect();
    let choices = HOURS.map(|count| (count.to_string(), hours(count)));
    Some(Sheet {
        title: format!("Ask for “{}”", right.label()),
        effects: vec![
            right.allows().to_owned(),
            format!("Colleagues find it in the inbox: {}. One of them grants or refuses it.", deciders.join(", ")),
            "It works from your next click on and ends by itself. Who asked, who granted and why is recorded.".into(),
        ],
        to: AskForRight::PATH.into(),
        hidden: vec![("ask".into(), right.code().into())],
        fields: vec![
            SheetField::choice("hours", "For how long", "4", choices.into()).required(),
            SheetField::text("reason", "What you need it for", 2).required().hint("Name no customers."),
        ],
        submit: "Ask".into(),
        why_not: why_not_ask(right, me).unwrap_or_default(),
        back: OWN.into(),
        ..Sheet::default()
    })
}

/// The form to grant, refuse or end what a person asked for: `act` is grant, refuse or end.
pub fn decision_sheet(me: &Me, request: &RequestRow, act: &str, now: OffsetDateTime) -> Option<Sheet> {
    let right = Right::parse(&request.right_name);
    let (who, label) = (&request.who, right_name(&request.right_name));
    let back = format!("/staff/{}", request.user_id);
    let why_not = why_not_decide(me, request.user_id, right).map(|why| format!("This can't be decided by you: {why}"));
    let reason = |label: &str| SheetField::text("reason", label, 2).hint("For the record. Name no customers.");
    let asked = format!("{who} asked for {}: “{}”", hours(request.hours), request.reason);
    let hidden =
        |decision: &str| vec![("request".into(), request.id.to_string()), ("decision".into(), decision.to_owned())];
    match act {
        "grant" if request.state == "asked" => {
            let choices = HOURS.into_iter().filter(|count| *count <= request.hours);
            let choices = choices.map(|count| (count.to_string(), hours(count))).collect();
            Some(Sheet {
                title: format!("Grant “{label}” to {who}"),
                effects: vec![
                    asked,
                    right.map_or("", Right::allows).to_owned(),
                    format!("It works from the next click of {who} on and ends by itself. It can be ended before."),
                ],
                to: DecideRequest::PATH.into(),
                hidden: hidden("grant"),
                version: Some(request.version),
                fields: vec![
                    SheetField::choice("hours", "For how long", &request.hours.to_string(), choices).required(),
                ],
                submit: "Grant".into(),
                why_not: why_not.unwrap_or_default(),
                back,
                ..Sheet::default()
            })
        }
        "refuse" if request.state == "asked" => Some(Sheet {
            title: format!("Refuse “{label}” to {who}"),
            effects: vec![asked, format!("{who} is told in the inbox, with your reason.")],
            to: DecideRequest::PATH.into(),
            hidden: hidden("refuse"),
            version: Some(request.version),
            fields: vec![reason("Why not").required()],
            submit: "Refuse".into(),
            why_not: why_not.unwrap_or_default(),
            back,
            ..Sheet::default()
        }),
        "end" if request.is_in_force(now) => Some(Sheet {
            title: format!("End “{label}” of {who}"),
            effects: vec![format!("{who} can't use it from the next click on, and is told in the inbox.")],
            to: EndRight::PATH.into(),
            hidden: vec![("end".into(), request.id.to_string())],
            fields: vec![reason("Why").required()],
            submit: "End it".into(),
            is_danger: true,
            why_not: why_not_end(me, request.user_id)
                .map(|why| format!("This can't be ended by you: {why}"))
                .unwrap_or_default(),
            back,
            ..Sheet::default()
        }),
        _ => None,
    }
}

/// Why a person can't end a right that is in force; nothing: they can. One's own is given back at `/settings/roles`.
pub fn why_not_end(me: &Me, asker: Uuid) -> Option<String> {
    (me.id != asker && !me.may(Right::GrantRights))
        .then(|| format!("for these roles only: {}.", Right::GrantRights.holder_names()))
}

/// Keeps the role of a person as it is until the transaction ends.
async fn keep_role(connection: &mut PgConnection, id: Uuid) -> Result<Option<Role>, Stop> {
    let role = sqlx::query_scalar!(
        "SELECT role FROM users WHERE id = $1 AND status = 'active' AND deleted_at IS NULL AND role <> 'customer' FOR SHARE",
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(role.and_then(|code| Role::parse(&code)))
}

fn own(message: impl Into<String>) -> Done {
    Done { to: OWN.into(), message: message.into(), reload: false }
}

/// Asks for a right.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn ask(ctx: &Ctx, code: &str, hours_asked: i32, reason: &str) -> Result<Outcome, AppError> {
    let Some(right) = Right::parse(code) else {
        return Ok(Refusal::input("There is no such right. Load the page again.").into());
    };
    if let Some(why) = why_not_ask(right, &ctx.me) {
        return Ok(Refusal::conflict(why).into());
    }
    if !HOURS.contains(&hours_asked) {
        return Ok(Refusal::input("You have not asked yet.").field("hours", "Choose one of these.").into());
    }
    let reason = match read_reason(reason) {
        Ok(reason) => reason,
        Err(refusal) => return Ok(Refusal { message: "You have not asked yet.".into(), ..refusal }.into()),
    };
    let (me, now) = (ctx.me.id, ctx.state.clock.now());
    let outcome = act(ctx, Actor::of(ctx).because(reason.clone()), move |connection| {
        Box::pin(async move {
            let role = keep_role(connection, me).await?.ok_or(AppError::SignedOut)?;
            if right.held_by(role) {
                return Err(Refusal::conflict("Your role has this right by now. Load the page again.").into());
            }
            let request = sqlx::query_scalar!(
                "INSERT INTO access_requests (user_id, right_name, reason, hours, asked_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (user_id, right_name) WHERE state = 'asked' DO NOTHING RETURNING id",
                me,
                right.code(),
                reason,
                hours_asked,
                now
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(request) = request else {
                return Ok(own("You asked for it already: it waits in the inbox of your colleagues."));
            };
            let people = others_of(connection, &deciders(right).collect::<Vec<_>>(), me).await?;
            if people.is_empty() {
                return Err(Refusal::conflict(
                    "There is nobody who could grant it. Ask a super admin for another role.",
                )
                .into());
            }
            tell(connection, &people, me, About::Access(request), now).await?;
            Ok(own("You asked. The answer comes into your inbox."))
        })
    })
    .await;
    ctx.state.unread.forget_all().await;
    outcome
}

/// A request, locked with the role of who asked.
struct Locked {
    user_id: Uuid,
    who: String,
    right_name: String,
    hours: i32,
    state: String,
    version: i32,
    ends_at: Option<OffsetDateTime>,
    decided_by: Option<Uuid>,
    decider: Option<String>,
}

async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<(Locked, Option<Role>), Stop> {
    let user_id = sqlx::query_scalar!("SELECT user_id FROM access_requests WHERE id = $1", id)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let role = keep_role(connection, user_id).await?;
    let request = sqlx::query_as!(
        Locked,
        r#"SELECT r.user_id, u.first_name || ' ' || u.last_name AS "who!", r.right_name, r.hours, r.state, r.version, r.ends_at,
                  r.decided_by, (SELECT d.first_name || ' ' || d.last_name FROM users d WHERE d.id = r.decided_by) AS decider
           FROM access_requests r JOIN users u ON u.id = r.user_id WHERE r.id = $1 FOR UPDATE OF r"#,
        id
    )
    .fetch_one(connection)
    .await?;
    Ok((request, role))
}

/// Grants a request, or refuses it: the decision, for how many hours, why.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn decide(
    ctx: &Ctx,
    id: Uuid,
    version: i32,
    (decision, hours_granted, reason): (&str, i32, &str),
) -> Result<Outcome, AppError> {
    let (is_granted, reason) = match decision {
        "grant" => (true, String::new()),
        "refuse" => match read_reason(reason) {
            Ok(reason) => (false, reason),
            Err(refusal) => return Ok(refusal.into()),
        },
        _ => return Ok(Refusal::input("There is no such decision. Load the page again.").into()),
    };
    if is_granted && !HOURS.contains(&hours_granted) {
        return Ok(Refusal::input("Nothing was decided.").field("hours", "Choose one of these.").into());
    }
    if is_granted && let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let (me, now) = (ctx.me.clone(), ctx.state.clock.now());
    let outcome = act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            let (request, role) = lock(connection, id).await?;
            let there = |message: String| Done { to: format!("/staff/{}", request.user_id), message, reload: false };
            let right = Right::parse(&request.right_name);
            let me = Me { role: still_may(connection, me.id, Right::GrantRights, now).await?, ..me };
            if let Some(why) = why_not_decide(&me, request.user_id, right) {
                return Err(Refusal { status: 403, ..Refusal::input(format!("Nothing was decided: {why}")) }.into());
            }
            let wanted = if is_granted { "granted" } else { "refused" };
            if request.state == wanted && request.decided_by == Some(me.id) {
                return Ok(there("It is decided so already.".into()));
            }
            if request.state != "asked" || request.version != version || role.is_none() {
                let how = match (request.state.as_str(), &request.decider) {
                    ("withdrawn", _) => format!("{} doesn't ask for it any more", request.who),
                    (_, Some(who)) => format!("{who} decided it meanwhile"),
                    _ => "this was changed meanwhile".to_owned(),
                };
                return Err(
                    Refusal::conflict(format!("Nothing was decided by you: {how}. Load the page again.")).into()
                );
            }
            if is_granted && hours_granted > request.hours {
                let problem = format!("At most what was asked for: {}.", hours(request.hours));
                return Err(Refusal::input("Nothing was decided.").field("hours", problem).into());
            }
            let ends_at = is_granted.then(|| now + Duration::hours(hours_granted.into()));
            sqlx::query!(
                "UPDATE access_requests SET state = $2, decided_by = $3, decided_at = $4, ends_at = $5 WHERE id = $1",
                id,
                wanted,
                me.id,
                now,
                ends_at
            )
            .execute(&mut *connection)
            .await?;
            tell(connection, &[request.user_id], me.id, About::Access(id), now).await?;
            let label = right_name(&request.right_name);
            Ok(there(if is_granted {
                format!("{} has the right “{label}” for {}.", request.who, hours(hours_granted))
            } else {
                format!("Refused; {} is told.", request.who)
            }))
        })
    })
    .await;
    ctx.state.unread.forget_all().await;
    outcome
}

/// Takes back what one asked for, gives back what one has, or ends what a colleague has.
///
/// # Errors
/// [`AppError::NotFound`] for another's without the right to grant; when the database says no. Refusals are values.
pub async fn end(ctx: &Ctx, id: Uuid, reason: &str) -> Result<Outcome, AppError> {
    let reason = if reason.trim().is_empty() {
        None
    } else {
        match read_reason(reason) {
            Ok(reason) => Some(reason),
            Err(refusal) => return Ok(refusal.into()),
        }
    };
    let (me, now) = (ctx.me.clone(), ctx.state.clock.now());
    let has_reason = reason.is_some();
    let outcome = act(ctx, Actor::of(ctx).because(reason.unwrap_or_default()), move |connection| {
        Box::pin(async move {
            let (request, _) = lock(connection, id).await?;
            let is_mine = request.user_id == me.id;
            if !is_mine {
                if !me.may(Right::GrantRights) {
                    return Err(AppError::NotFound.into());
                }
                still_may(connection, me.id, Right::GrantRights, now).await?;
            }
            let there = |message: String| {
                let to = if is_mine { OWN.to_owned() } else { format!("/staff/{}", request.user_id) };
                Done { to, message, reload: false }
            };
            let label = right_name(&request.right_name);
            let state = match request.state.as_str() {
                "asked" if is_mine => "withdrawn",
                "granted" if request.ends_at.is_some_and(|at| at > now) => "ended",
                // sent twice, or over by itself: it is as wanted
                "withdrawn" | "ended" | "granted" => return Ok(there("It has ended already.".into())),
                _ => return Err(Refusal::conflict("There is nothing to end any more. Load the page again.").into()),
            };
            if !is_mine && !has_reason {
                let problem = "Say why, for the colleague and the record.";
                return Err(Refusal::input("Nothing was ended.").field("reason", problem).into());
            }
            sqlx::query!("UPDATE access_requests SET state = $2, ended_at = $3 WHERE id = $1", id, state, now)
                .execute(&mut *connection)
                .await?;
            if !is_mine {
                tell(connection, &[request.user_id], me.id, About::Access(id), now).await?;
            }
            Ok(there(match (is_mine, state) {
                (true, "withdrawn") => "You don't ask for it any more.".into(),
                (true, _) => format!("You gave the right “{label}” back."),
                (false, _) => format!("{} no longer has the right “{label}”.", request.who),
            }))
        })
    })
    .await;
    ctx.state.unread.forget_all().await;
    outcome
}
