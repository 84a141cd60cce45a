//! What can be done about a customer's account. What is offered is what is done; a colleague's account is a matter of the
//! pages of staff.

use super::{
    edit,
    sight::{Sights, Value, why_not_reveal},
    store::Head,
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role, Sight},
        second_factor::enrol,
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    list::counts,
    server::{
        db::{Actor, Stop, act, transact},
        sessions,
        texts::read_reason,
    },
    sheet::{Act, Sheet, SheetField},
    stamp::Zone,
    users::api::{ChangeUser, RevealUser},
};
use server_fn::ServerFn;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// An act, as its form names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Suspend,
    Reactivate,
    Unlock,
    ResetPassword,
    EndSessions,
    ResetFactor,
    Delete,
    Restore,
}

impl Change {
    const ALL: [Self; 8] = [
        Self::Reactivate,
        Self::Unlock,
        Self::Suspend,
        Self::ResetPassword,
        Self::ResetFactor,
        Self::EndSessions,
        Self::Restore,
        Self::Delete,
    ];

    fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.code() == code)
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::Unlock => "unlock",
            Self::ResetPassword => "reset-password",
            Self::EndSessions => "end-sessions",
            Self::ResetFactor => "reset-factor",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// Icon and words.
    const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Suspend => ("ban", "Suspend"),
            Self::Reactivate => ("circle-check", "Reactivate"),
            Self::Unlock => ("lock", "Unlock"),
            Self::ResetPassword => ("undo-2", "Require a new password"),
            Self::EndSessions => ("log-out", "End sessions"),
            Self::ResetFactor => ("shield-check", "Reset second factor"),
            Self::Delete => ("trash-2", "Delete the account"),
            Self::Restore => ("undo-2", "Bring the account back"),
        }
    }

    const fn right(self) -> Right {
        match self {
            Self::Delete | Self::Restore => Right::DeleteUsers,
            _ => Right::EditUsers,
        }
    }

    /// It takes something away that others than this person may rely on.
    const fn is_grave(self) -> bool {
        matches!(self, Self::Suspend | Self::ResetPassword | Self::ResetFactor | Self::Delete)
    }

    /// Whether there is anything to do for it.
    fn is_open(self, head: &Head, now: OffsetDateTime) -> bool {
        let is_deleted = head.deleted_at.is_some();
        match self {
            Self::Restore => is_deleted,
            _ if is_deleted => false,
            Self::Suspend => head.status != "suspended",
            Self::Reactivate => head.status != "active",
            Self::Unlock => head.locked_until.is_some_and(|until| until > now),
            Self::ResetPassword => !head.reset_due,
            Self::EndSessions => head.sessions > 0,
            Self::ResetFactor => head.has_factor,
            Self::Delete => true,
        }
    }
}

/// Why this colleague can't do it now; nothing: they can.
fn why_not(me: &Me, head: &Head, change: Change) -> Option<String> {
    let right = change.right();
    if !me.may(right) {
        return Some(format!("for these roles only: {}.", right.holder_names()));
    }
    (change == Change::Delete && head.open_orders > 0).then(|| {
        let orders = counts::of(head.open_orders, ("order is", "orders are"));
        format!("{orders} on the way. Deliver or cancel first.")
    })
}

/// What can be done about a customer, with why it can't.
pub fn offered(me: &Me, head: &Head, now: OffsetDateTime) -> Vec<Act> {
    let here = |act: &str| format!("/users/{}?act={act}", head.id);
    let mut acts = Vec::new();
    for value in Value::ALL {
        let is_empty = match value {
            Value::Phone => head.phone_number.is_none(),
            Value::Birth => head.date_of_birth.is_none(),
            Value::Email | Value::Addresses => false,
        };
        let is_seen = head.revealed.iter().any(|code| code == value.code());
        if !is_empty && !is_seen && why_not_reveal(value, me).is_none() {
            let place = if value == Value::Addresses { "addresses" } else { "profile" };
            let label = format!("Reveal the {}", value.label());
            acts.push(Act {
                place: place.into(),
                ..Act::link(&label, "eye", here(&format!("reveal-{}", value.code())))
            });
        }
    }
    if head.role != Role::Customer.code() {
        return acts;
    }
    if head.deleted_at.is_none() {
        let why_not = edit::why_not(me);
        acts.push(Act {
            place: "profile".into(),
            label: "Change name and contact".into(),
            icon: "pencil".into(),
            to: if why_not.is_none() { here("edit") } else { String::new() },
            why_not: why_not.unwrap_or_default(),
        });
    }
    acts.extend(Change::ALL.into_iter().filter(|change| change.is_open(head, now)).map(|change| {
        let (icon, label) = change.look();
        let why_not = why_not(me, head, change);
        Act {
            place: "standing".into(),
            label: label.into(),
            icon: icon.into(),
            to: if why_not.is_none() { here(change.code()) } else { String::new() },
            why_not: why_not.unwrap_or_default(),
        }
    }));
    acts
}

/// The form of the act that the address names; nothing when there is nothing to do for it.
pub fn sheet(ctx: &Ctx, head: &Head, act: &str) -> Option<Sheet> {
    let (me, now) = (&ctx.me, ctx.state.clock.now());
    if let Some(value) = act.strip_prefix("reveal-").and_then(Value::parse) {
        let is_masked = Sights::of(ctx, head).see(value) == Sight::Masked;
        return is_masked.then(|| reveal_sheet(me, head, value));
    }
    if head.role != Role::Customer.code() {
        return None;
    }
    if act == "edit" {
        return head.deleted_at.is_none().then(|| edit::sheet(ctx, head));
    }
    let change = Change::parse(act).filter(|change| change.is_open(head, now))?;
    let name = head.name();
    let sessions = counts::of(head.sessions, ("open session", "open sessions"));
    let mut fields = Vec::new();
    let mut effects = match change {
        Change::Suspend => {
            fields.push(
                SheetField { kind: "date".into(), ..SheetField::line("until", "Until", "") }
                    .hint("The account comes back at the end of this day. Empty: until somebody reactivates it."),
            );
            vec![
                format!("{name} can't sign in to the shop; {sessions} end at once."),
                "Orders on their way go on.".to_owned(),
                "Reactivate undoes it.".to_owned(),
            ]
        }
        Change::Reactivate => vec![format!("{name} can sign in to the shop again, with the password of before.")],
        Change::Unlock => vec![format!("{name} can sign in at once, with the same password.")],
        Change::ResetPassword => vec![
            format!("The shop asks {name} for a new password at the next sign-in and takes the old one no more."),
            format!("{sessions} end at once."),
        ],
        Change::EndSessions => vec![format!("{sessions} of {name} end at once. The password stays.")],
        Change::ResetFactor => vec![
            "Be sure that it is the person who asks: call the number that you have on file.".to_owned(),
            format!(
                "The app's codes and all recovery codes of {name} are worth nothing any more; {sessions} end at once."
            ),
        ],
        Change::Delete => vec![
            format!("{name} can't sign in any more; {sessions} end at once."),
            "Orders, payments and reviews stay as they are; the address can't be used for a new account.".to_owned(),
            "Bring the account back undoes it. Personal data stays until it is erased on request.".to_owned(),
        ],
        Change::Restore => vec![format!("{name} can sign in again, with the password of before.")],
    };
    effects.extend(warnings(head));
    fields.push(SheetField::text("reason", "Reason", 2).required().hint("For the record. Name no other people."));
    let (_, label) = change.look();
    Some(Sheet {
        title: format!("{label}: {name}"),
        effects,
        to: ChangeUser::PATH.into(),
        hidden: vec![("id".into(), head.id.to_string()), ("change".into(), change.code().into())],
        version: Some(head.version),
        fields,
        submit: label.into(),
        is_danger: change.is_grave(),
        why_not: why_not(me, head, change).map(|why| format!("This can't be done: {why}")).unwrap_or_default(),
        back: format!("/users/{}", head.id),
    })
}

/// What colleagues pinned: who decides about a person reads it.
fn warnings(head: &Head) -> impl Iterator<Item = String> {
    let pinned = head.notes.iter().filter(|note| note.pinned && !note.is_deleted).take(3);
    pinned.map(|note| {
        format!("Note by {}: “{}”", note.author, note.body.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}

fn reveal_sheet(me: &Me, head: &Head, value: Value) -> Sheet {
    Sheet {
        title: format!("Reveal the {}", value.label()),
        effects: vec![
            "You see it on this page for ten minutes.".into(),
            "Who looked, when and why stays in the history of this person.".into(),
        ],
        to: RevealUser::PATH.into(),
        hidden: vec![("id".into(), head.id.to_string()), ("reveal".into(), value.code().into())],
        fields: vec![
            SheetField::text("reason", "Why you need it", 2)
                .required()
                .hint("Without names, as “calls back about a missing parcel”"),
        ],
        submit: "Reveal".into(),
        why_not: why_not_reveal(value, me).unwrap_or_default(),
        back: format!("/users/{}", head.id),
        ..Sheet::default()
    }
}

/// The end of a suspension: the end of the day that was typed.
fn read_until(text: &str, zone: &Zone, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |why: &str| Refusal::input("Nothing was changed.").field("until", why);
    let day: jiff::civil::Date = text.parse().map_err(|_| wrong("This is no day. Type it as 2026-12-31."))?;
    let next = day.tomorrow().map_err(|_| wrong("This is too far away."))?;
    let until = zone.start_of(next);
    if until <= now {
        return Err(wrong("This day is over. Choose today or a later one."));
    }
    if until - now > time::Duration::days(3 * 366) {
        return Err(wrong("This is more than three years away. Leave it empty to suspend without an end."));
    }
    Ok(Some(until))
}

/// The row of the person, locked until the transaction ends.
struct Locked {
    name: String,
    status: String,
    version: i32,
    is_deleted: bool,
    is_held: bool,
    has_factor: bool,
    reset_due: bool,
    open_orders: i64,
}

async fn lock(connection: &mut PgConnection, id: Uuid, now: OffsetDateTime) -> Result<Locked, Stop> {
    let person = sqlx::query_as!(
        Locked,
        r#"SELECT first_name || ' ' || last_name AS "name!", status, version, deleted_at IS NOT NULL AS "is_deleted!",
                  COALESCE(locked_until > $2, false) AS "is_held!", mfa_enabled AS has_factor, reset_due,
                  (SELECT count(*) FROM orders o WHERE o.user_id = u.id AND o.deleted_at IS NULL
                   AND o.status IN ('PENDING', 'PROCESSING', 'CONFIRMED', 'PREPARING', 'SHIPPED')) AS "open_orders!"
           FROM users u WHERE id = $1 AND role = 'customer' FOR UPDATE"#,
        id,
        now
    )
    .fetch_optional(connection)
    .await?;
    Ok(person.ok_or(AppError::NotFound)?)
}

fn is_done(change: Change, person: &Locked) -> bool {
    match change {
        Change::Suspend => person.status == "suspended",
        Change::Reactivate => person.status == "active",
        Change::Unlock => !person.is_held,
        Change::ResetPassword => person.reset_due,
        Change::ResetFactor => !person.has_factor,
        Change::Delete => person.is_deleted,
        Change::Restore => !person.is_deleted,
        Change::EndSessions => false,
    }
}

/// Changes a customer's account, as `change` says; `until` is for a suspension.
///
/// # Errors
/// [`AppError::NotFound`] when no customer has that id, [`AppError::Forbidden`] without the right of the act, and when the
/// database says no; refusals are values.
pub async fn change(
    ctx: &Ctx,
    id: Uuid,
    version: i32,
    change: &str,
    (until, reason): (&str, &str),
) -> Result<Outcome, AppError> {
    let Some(change) = Change::parse(change) else {
        return Ok(Refusal::input("There is no such act on a person. Load the page again.").into());
    };
    let now = ctx.state.clock.now();
    let read = read_reason(reason).and_then(|reason| Ok((reason, read_until(until, &ctx.zone(), now)?)));
    let (reason, until) = match read {
        Ok(read) => read,
        Err(refusal) => return Ok(refusal.into()),
    };
    if !ctx.me.may(change.right()) {
        return Err(AppError::Forbidden { right: change.right() });
    }
    if change.is_grave()
        && let Err(refusal) = ctx.freshly_proved()
    {
        return Ok(refusal.into());
    }
    act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            let person = lock(connection, id, now).await?;
            if is_done(change, &person) {
                return Ok(there(id, "It is so already."));
            }
            if person.is_deleted && change != Change::Restore {
                return Err(Refusal::conflict("The account is deleted. Nothing was changed.").into());
            }
            if person.version != version {
                let message = format!(
                    "Somebody changed {} meanwhile: the account is {} now. Nothing was changed by you; send again if you still \
                     mean it.",
                    person.name, person.status
                );
                return Err(Refusal { version: Some(person.version), ..Refusal::conflict(message) }.into());
            }
            if change == Change::Delete && person.open_orders > 0 {
                let why = "An order of this person is on the way. Nothing was changed: deliver or cancel it first.";
                return Err(Refusal::conflict(why).into());
            }
            take_effect(connection, id, &person, change, (until, now)).await
        })
    })
    .await
}

fn there(id: Uuid, message: impl Into<String>) -> Done {
    Done { to: format!("/users/{id}"), message: message.into(), reload: false }
}

async fn take_effect(
    connection: &mut PgConnection,
    id: Uuid,
    person: &Locked,
    change: Change,
    (until, now): (Option<OffsetDateTime>, OffsetDateTime),
) -> Result<Done, Stop> {
    let name = &person.name;
    let message = match change {
        Change::Suspend => {
            sqlx::query!("UPDATE users SET status = 'suspended', suspended_until = $2 WHERE id = $1", id, until)
                .execute(connection)
                .await?;
            format!("{name} is suspended and signed out.")
        }
        Change::Reactivate => {
            sqlx::query!("UPDATE users SET status = 'active' WHERE id = $1", id).execute(connection).await?;
            format!("{name} can sign in again.")
        }
        Change::Unlock => {
            sqlx::query!("UPDATE users SET locked_until = NULL, failed_login_attempts = 0 WHERE id = $1", id)
                .execute(connection)
                .await?;
            format!("{name} can sign in again.")
        }
        Change::ResetPassword => {
            sqlx::query!("UPDATE users SET reset_due = true WHERE id = $1", id).execute(&mut *connection).await?;
            sessions::end_others(connection, id, None, now).await?;
            format!("The shop asks {name} for a new password.")
        }
        Change::EndSessions => {
            let ended = sessions::end_others(connection, id, None, now).await?;
            format!("{} ended.", counts::of(ended, ("session", "sessions")))
        }
        Change::ResetFactor => {
            enrol::remove(connection, id).await?;
            sessions::end_others(connection, id, None, now).await?;
            format!("The second factor of {name} is gone, and all sessions ended.")
        }
        Change::Delete => {
            sqlx::query!("UPDATE users SET status = 'deleted', deleted_at = $2 WHERE id = $1", id, now)
                .execute(connection)
                .await?;
            format!("The account of {name} is deleted. “Bring the account back” undoes it.")
        }
        Change::Restore => {
            sqlx::query!("UPDATE users SET status = 'active', deleted_at = NULL WHERE id = $1", id)
                .execute(connection)
                .await?;
            format!("The account of {name} is back.")
        }
    };
    Ok(there(id, message))
}

/// Reactivates accounts whose suspension had an end that has come; how many.
///
/// # Errors
/// When the database says no.
pub async fn reactivate_due(db: &PgPool, now: OffsetDateTime) -> Result<i64, Stop> {
    transact(db, Actor::system("worker:users", "The suspension had this end"), move |connection| {
        Box::pin(async move {
            let done = sqlx::query!(
                "UPDATE users SET status = 'active'
                 WHERE id IN (SELECT id FROM users WHERE suspended_until <= $1 AND status = 'suspended'
                              ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED)",
                now
            )
            .execute(connection)
            .await?;
            Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_suspension_ends_with_its_day() {
        let (zone, now) = (Zone::named("Europe/Berlin"), datetime!(2026-11-28 21:00 UTC));
        let read = |text| read_until(text, &zone, now);
        assert_eq!(read("  "), Ok(None));
        assert_eq!(read("2026-11-28"), Ok(Some(datetime!(2026-11-28 23:00 UTC))), "today, to its end here");
        assert!(read("2026-11-27").is_err() && read("tomorrow").is_err() && read("2036-01-01").is_err());
    }
}
