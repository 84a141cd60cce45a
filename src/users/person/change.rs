//! Doing what `acts` offers: one transaction under the person's row, with the reason and the version that was seen.

use super::{acts::Change, done};
use crate::{
    auth::{guard::Ctx, second_factor::enrol},
    error::AppError,
    forms::{Done, Outcome, Refusal},
    list::counts,
    server::{
        db::{Actor, Stop, act, transact},
        sessions,
        texts::read_reason,
    },
    stamp::Zone,
    users::{model::Status, standing},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

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
    is_merged: bool,
    open_orders: i64,
}

async fn lock(connection: &mut PgConnection, id: Uuid, now: OffsetDateTime) -> Result<Locked, Stop> {
    let person = sqlx::query_as!(
        Locked,
        r#"SELECT first_name || ' ' || last_name AS "name!", status, version, deleted_at IS NOT NULL AS "is_deleted!",
                  COALESCE(locked_until > $2, false) AS "is_held!", mfa_enabled AS has_factor, reset_due,
                  merged_into IS NOT NULL AS "is_merged!",
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
                return Ok(done(id, "It is so already."));
            }
            if person.is_deleted && change != Change::Restore {
                return Err(Refusal::conflict("The account is deleted. Nothing was changed.").into());
            }
            if person.is_merged {
                let why = "The account was merged into another one. Nothing was changed: undo the merge instead, which is possible for a day.";
                return Err(Refusal::conflict(why).into());
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
            standing::set_in(connection, id, Status::Suspended, until).await?;
            format!("{name} is suspended and signed out.")
        }
        Change::Reactivate => {
            standing::set_in(connection, id, Status::Active, None).await?;
            format!("{name} can sign in again.")
        }
        Change::Unlock => {
            standing::unlock_in(connection, id).await?;
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
    Ok(done(id, message))
}

/// Reactivates accounts whose suspension had an end that has come; how many.
///
/// # Errors
/// When the database says no.
pub async fn reactivate_due(db: &PgPool, now: OffsetDateTime) -> Result<i64, Stop> {
    transact(db, Actor::system("worker:users", "The suspension had this end"), move |connection| {
        Box::pin(async move {
            let reactivated = sqlx::query!(
                "UPDATE users SET status = 'active'
                 WHERE id IN (SELECT id FROM users WHERE suspended_until <= $1 AND status = 'suspended'
                              ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED)",
                now
            )
            .execute(connection)
            .await?;
            Ok(i64::try_from(reactivated.rows_affected()).unwrap_or(i64::MAX))
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
