//! What a super admin does about a person's access: role, suspension, sessions, lock, second factor. What is offered is
//! what is done; acts about one person or another are done one at a time, so that each sees what the one before did.

use super::{
    api::ChangePerson,
    invite,
    model::{Standing, needs_factor},
    store::{INVITED, PersonRow},
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role, role_name},
        second_factor::enrol,
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    list::counts,
    server::{
        db::{Actor, Stop, act},
        sessions,
        texts::read_reason,
    },
    sheet::{Act, Sheet, SheetField, why_not_right},
    users::standing::unlock_in,
};
use server_fn::ServerFn;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// An act, as its form names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Role,
    Suspend,
    Reactivate,
    EndSessions,
    Unlock,
    ResetFactor,
    InviteAgain,
}

impl Change {
    const ALL: [Self; 7] = [
        Self::Role,
        Self::InviteAgain,
        Self::Suspend,
        Self::Reactivate,
        Self::Unlock,
        Self::EndSessions,
        Self::ResetFactor,
    ];

    /// The act of that name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.code() == code)
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::EndSessions => "end-sessions",
            Self::Unlock => "unlock",
            Self::ResetFactor => "reset-factor",
            Self::InviteAgain => "invite-again",
        }
    }

    /// The card that it stands in, its icon, its words.
    const fn look(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Role => ("role", "pencil", "Change role"),
            Self::Suspend => ("person", "ban", "Suspend"),
            Self::Reactivate => ("person", "circle-check", "Reactivate"),
            Self::EndSessions => ("sessions", "log-out", "End sessions"),
            Self::Unlock => ("person", "lock", "Unlock"),
            Self::ResetFactor => ("factor", "undo-2", "Reset second factor"),
            Self::InviteAgain => ("person", "mail", "Send the invitation again"),
        }
    }

    /// Whether there is anything to do for it.
    fn is_open(self, person: &PersonRow, now: OffsetDateTime) -> bool {
        let standing = Standing::of(person, now);
        match self {
            Self::Role => true,
            Self::Suspend => standing != Standing::Suspended,
            Self::Reactivate => standing == Standing::Suspended,
            Self::EndSessions => person.sessions > 0,
            Self::Unlock => standing == Standing::Locked,
            Self::ResetFactor => person.has_factor,
            Self::InviteAgain => standing == Standing::Invited,
        }
    }
}

/// Why somebody can't do anything about a person's access; nothing: they can.
fn why_not(me: &Me, person: Uuid) -> Option<String> {
    why_not_right(Right::ManageStaff, me)
        .or_else(|| (me.id == person).then(|| "this is you. A colleague who is a super admin does that.".to_owned()))
}

/// What can be done about a person, with why it can't.
pub fn offered(me: &Me, person: &PersonRow, now: OffsetDateTime) -> Vec<Act> {
    let why_not = why_not(me, person.id);
    Change::ALL
        .into_iter()
        .filter(|change| change.is_open(person, now))
        .map(|change| {
            let (place, icon, label) = change.look();
            let to = format!("/staff/{}?act={}", person.id, change.code());
            Act {
                place: place.into(),
                label: label.into(),
                icon: icon.into(),
                to: if why_not.is_none() { to } else { String::new() },
                why_not: why_not.clone().unwrap_or_default(),
            }
        })
        .collect()
}

/// The form of an act; nothing when there is nothing to do for it.
pub fn sheet(me: &Me, person: &PersonRow, change: Change, now: OffsetDateTime) -> Option<Sheet> {
    if !change.is_open(person, now) {
        return None;
    }
    let name = person.name();
    let sessions = counts::of(person.sessions, ("open session", "open sessions"));
    let mut fields = Vec::new();
    let (title, submit, effects) = match change {
        Change::Role => {
            let options = Role::STAFF
                .into_iter()
                .filter(|role| role.code() != person.role)
                .map(|role| (role.code().to_owned(), format!("{}: {}", role.label(), role.purpose())))
                .collect();
            fields.push(SheetField::choice("role", "New role", "", options).required());
            let mut effects = vec![
                format!("{name} is {} now.", role_name(&person.role)),
                format!("{sessions} of {name} end at once; signed in again, {name} has the new role."),
                "Rights for a time that the person has, or asked for, end. So do links that were mailed.".to_owned(),
            ];
            if let Some(days) = person.grace_days {
                let days = counts::of(days.into(), ("day", "days"));
                effects.push(format!("Admins and super admins need a second factor {days} after they got the role."));
            }
            (format!("Change the role of {name}"), "Change role", effects)
        }
        Change::Suspend => (
            format!("Suspend {name}"),
            "Suspend",
            vec![
                format!("{name} can't sign in until somebody reactivates the account."),
                format!(
                    "{sessions} end at once, and so do rights for a time, jobs of this person and links that were mailed."
                ),
                "What the person wrote and did stays.".into(),
            ],
        ),
        Change::Reactivate => (
            format!("Reactivate {name}"),
            "Reactivate",
            vec![format!("{name} can sign in again as {}, with the password of before.", role_name(&person.role))],
        ),
        Change::EndSessions => (
            format!("End the sessions of {name}"),
            "End sessions",
            vec![
                format!("{sessions} end at once. What is being typed waits ten minutes for {name}."),
                "The password stays: if somebody else may know it, reset it too.".into(),
            ],
        ),
        Change::Unlock => {
            (format!("Unlock {name}"), "Unlock", vec![format!("{name} can sign in at once, with the same password.")])
        }
        Change::ResetFactor => (
            format!("Reset the second factor of {name}"),
            "Reset second factor",
            vec![
                "Be sure that it is the person who asks: call them, or see them.".into(),
                format!("The app's codes and all recovery codes of {name} are worth nothing any more."),
                format!(
                    "{sessions} end at once. {name} signs in with the password and sets up a new one in the account."
                ),
                format!("{name} is told by mail."),
            ],
        ),
        Change::InviteAgain => (
            format!("Send the invitation to {name} again"),
            "Send",
            vec![
                format!("A mail with a new link goes to {}.", person.email),
                "The link that was sent before is worth nothing any more.".into(),
            ],
        ),
    };
    fields.push(SheetField::text("reason", "Reason", 2).required().hint("For the record. Name no other people."));
    let why_not = why_not(me, person.id).map(|why| format!("This can't be done: {why}"));
    Some(Sheet {
        title,
        effects,
        to: ChangePerson::PATH.into(),
        hidden: vec![("id".into(), person.id.to_string()), ("change".into(), change.code().into())],
        version: Some(person.version),
        fields,
        submit: submit.into(),
        is_danger: matches!(change, Change::Suspend | Change::EndSessions | Change::ResetFactor),
        why_not: why_not.unwrap_or_default(),
        back: format!("/staff/{}", person.id),
    })
}

/// The person's row, locked until the transaction ends.
struct Locked {
    name: String,
    email: String,
    role: String,
    status: String,
    version: i32,
    /// `locked_until` is ahead.
    is_held: bool,
    is_invited: bool,
    has_factor: bool,
}

async fn lock(connection: &mut PgConnection, id: Uuid, now: OffsetDateTime) -> Result<Locked, Stop> {
    let person = sqlx::query_as!(
        Locked,
        r#"SELECT first_name || ' ' || last_name AS "name!", email, role, status, version, mfa_enabled AS has_factor,
                  COALESCE(locked_until > $2, false) AS "is_held!", password_hash = $3 AS "is_invited!"
           FROM users WHERE id = $1 AND role <> 'customer' AND deleted_at IS NULL FOR UPDATE"#,
        id,
        now,
        INVITED
    )
    .fetch_optional(connection)
    .await?;
    Ok(person.ok_or(AppError::NotFound)?)
}

/// Waits until nobody else changes anybody's access. The trigger that keeps the last super admin takes the same lock.
pub async fn one_at_a_time(connection: &mut PgConnection) -> Result<(), Stop> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('techally:last super admin', 0))")
        .execute(connection)
        .await?;
    Ok(())
}

/// The role that a person has at this moment, whatever it was when the request came; refused when it no longer has the right.
pub async fn still_may(
    connection: &mut PgConnection,
    me: Uuid,
    right: Right,
    now: OffsetDateTime,
) -> Result<Role, Stop> {
    let role = sqlx::query_scalar!(
        "SELECT role FROM users WHERE id = $1 AND status = 'active' AND deleted_at IS NULL
           AND (locked_until IS NULL OR locked_until <= $2)",
        me,
        now
    )
    .fetch_optional(connection)
    .await?;
    let role = role.and_then(|code| Role::parse(&code)).filter(|role| right.held_by(*role));
    Ok(role.ok_or(AppError::Forbidden { right })?)
}

/// Ends all sessions of a person, and sign-ins that wait for a code.
async fn end_sessions(connection: &mut PgConnection, id: Uuid, now: OffsetDateTime) -> Result<i64, Stop> {
    sqlx::query!("DELETE FROM sign_in_steps WHERE user_id = $1", id).execute(&mut *connection).await?;
    Ok(sessions::end_others(connection, id, None, now).await?)
}

/// Changes a person's access.
///
/// # Errors
/// [`AppError::NotFound`] when nobody of that id works here, and when the database says no; refusals are values.
pub async fn change(
    ctx: &Ctx,
    id: Uuid,
    version: i32,
    change: &str,
    role: &str,
    reason: &str,
) -> Result<Outcome, AppError> {
    let Some(change) = Change::parse(change) else {
        return Ok(Refusal::input("There is no such act on a person. Load the page again.").into());
    };
    let reason = match read_reason(reason) {
        Ok(reason) => reason,
        Err(refusal) => return Ok(refusal.into()),
    };
    let role = Role::STAFF.into_iter().find(|own| own.code() == role);
    if change == Change::Role && role.is_none() {
        return Ok(Refusal::input("Nothing was changed.").field("role", "Choose one of the roles.").into());
    }
    if let Some(why) = why_not(&ctx.me, id) {
        return Ok(Refusal { status: 403, ..Refusal::input(format!("Nothing was changed: {why}")) }.into());
    }
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let own = ctx.clone();
    act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            let now = own.state.clock.now();
            one_at_a_time(connection).await?;
            still_may(connection, own.me.id, Right::ManageStaff, now).await?;
            let person = lock(connection, id, now).await?;
            if is_done(change, role, &person) {
                return Ok(there(id, "It is so already."));
            }
            if person.version != version {
                let (is, status) = (role_name(&person.role), &person.status);
                let message = format!(
                    "Somebody changed {} meanwhile: {is}, {status} now. Nothing was changed by you; send again if you still mean it.",
                    person.name
                );
                return Err(Refusal { version: Some(person.version), ..Refusal::conflict(message) }.into());
            }
            take_effect(connection, &own, id, &person, (change, role)).await
        })
    })
    .await
}

fn there(id: Uuid, message: impl Into<String>) -> Done {
    Done { to: format!("/staff/{id}"), message: message.into(), reload: false }
}

fn is_done(change: Change, role: Option<Role>, person: &Locked) -> bool {
    match change {
        Change::Role => role.is_some_and(|role| role.code() == person.role),
        Change::Suspend => person.status != "active",
        Change::Reactivate => person.status == "active",
        Change::Unlock => !person.is_held,
        Change::ResetFactor => !person.has_factor,
        Change::EndSessions | Change::InviteAgain => false,
    }
}

async fn take_effect(
    connection: &mut PgConnection,
    ctx: &Ctx,
    id: Uuid,
    person: &Locked,
    (change, role): (Change, Option<Role>),
) -> Result<Done, Stop> {
    let (name, now) = (&person.name, ctx.state.clock.now());
    match change {
        Change::Role => {
            let role = role.ok_or(AppError::NotFound)?;
            sqlx::query!("UPDATE users SET role = $2 WHERE id = $1", id, role.code()).execute(&mut *connection).await?;
            if person.is_invited && person.status == "active" {
                // the link of before ended with the role
                invite::send(connection, ctx, id, &person.email).await?;
                return Ok(there(id, format!("{name} will be {}; the invitation was sent again.", role.label())));
            }
            invite::tell_of_role(connection, id, role).await?;
            let factor = if needs_factor(role) && !person.has_factor { " There is no second factor yet." } else { "" };
            Ok(there(id, format!("{name} is {} now and signs in again.{factor}", role.label())))
        }
        Change::Suspend => {
            set_status(connection, id, "suspended").await?;
            Ok(there(id, format!("{name} is suspended and signed out.")))
        }
        Change::Reactivate => {
            set_status(connection, id, "active").await?;
            Ok(there(id, format!("{name} can sign in again.")))
        }
        Change::EndSessions => {
            let ended = end_sessions(connection, id, now).await?;
            Ok(there(id, format!("{} ended.", counts::of(ended, ("session", "sessions")))))
        }
        Change::Unlock => {
            unlock_in(connection, id).await?;
            Ok(there(id, format!("{name} can sign in again.")))
        }
        Change::ResetFactor => {
            enrol::remove(connection, id).await?;
            end_sessions(connection, id, now).await?;
            invite::tell_of_reset(connection, id).await?;
            Ok(there(id, format!("The second factor of {name} is gone, and all sessions ended.")))
        }
        Change::InviteAgain => {
            if !person.is_invited || person.status != "active" {
                let why = format!("{name} chose a password meanwhile, or is suspended. Nothing was sent.");
                return Err(Refusal::conflict(why).into());
            }
            invite::send(connection, ctx, id, &person.email).await?;
            Ok(there(id, "The invitation is in the outbox and leaves in a moment."))
        }
    }
}

async fn set_status(connection: &mut PgConnection, id: Uuid, status: &str) -> Result<(), Stop> {
    sqlx::query!("UPDATE users SET status = $2 WHERE id = $1", id, status).execute(connection).await?;
    Ok(())
}
