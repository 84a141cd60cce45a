//! Changing one's own name and phone number.

use super::service::PATH;
use crate::{
    auth::guard::Ctx,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, act},
        sessions,
        since::changed_since,
        texts::is_line,
    },
};
use http::request::Parts;

/// Longest name, as the table has it.
const LONGEST_NAME: usize = 100;
const LONGEST_PHONE: usize = 20;

/// Keeps first name, last name and phone number. Who reaches a person by phone may be taken for them: another number asks
/// who it is.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn change(ctx: &Ctx, parts: &Parts, version: i32, typed: [String; 3]) -> Result<Outcome, AppError> {
    let [first, last, phone] = typed.map(|text| text.trim().to_owned());
    let mut refusal = Refusal::input("Nothing was changed.");
    for (name, text) in [("first_name", &first), ("last_name", &last)] {
        if text.is_empty() {
            refusal = refusal.field(name, "This is needed.");
        } else if !is_line(text, LONGEST_NAME) {
            refusal = refusal.field(name, format!("At most {LONGEST_NAME} characters, on one line."));
        }
    }
    let is_phone = phone.chars().all(|c| c.is_ascii_digit() || " +-()/.".contains(c));
    if !(phone.is_empty() || is_phone && is_line(&phone, LONGEST_PHONE)) {
        refusal = refusal.field("phone", format!("Digits, spaces and + ( ) / - only, at most {LONGEST_PHONE}."));
    }
    if let Err(refusal) = refusal.check() {
        return Ok(refusal.into());
    }
    let before =
        sqlx::query_scalar!("SELECT phone_number FROM users WHERE id = $1", ctx.me.id).fetch_one(&ctx.state.db).await?;
    if before.unwrap_or_default() != phone
        && let Err(refusal) = ctx.freshly_proved()
    {
        return Ok(refusal.into());
    }
    let (me, zone) = (ctx.me.id, ctx.zone());
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = sqlx::query!(
                "SELECT version, first_name, last_name, phone_number FROM users WHERE id = $1 FOR NO KEY UPDATE",
                me
            )
            .fetch_one(&mut *connection)
            .await?;
            let theirs = [now.first_name, now.last_name, now.phone_number.unwrap_or_default()];
            let mine = [first, last, phone];
            if mine == theirs {
                return Ok(Done { to: PATH.into(), message: "Saved.".into(), reload: false });
            }
            let since = changed_since(connection, "users", &me.to_string(), version, now.version).await?;
            let mut conflict = Refusal {
                version: Some(now.version),
                ..Refusal::conflict("This was changed meanwhile. Nothing was changed.")
            };
            let columns = ["first_name", "last_name", "phone_number"];
            for (n, (column, field)) in columns.into_iter().zip(["first_name", "last_name", "phone"]).enumerate() {
                if let Some(change) = since.of(column)
                    && mine.get(n) != theirs.get(n)
                {
                    let (who, at) = (change.who.as_deref().unwrap_or("The system"), zone.stamp(change.at).short);
                    let is = theirs.get(n).map(String::as_str).unwrap_or_default();
                    let message = format!("{who} set it to “{is}” at {at}. Send again to replace that.");
                    conflict = conflict.field(field, message);
                }
            }
            conflict.check()?;
            let [first, last, phone] = mine;
            sqlx::query!(
                "UPDATE users SET first_name = $2, last_name = $3, phone_number = NULLIF($4, '') WHERE id = $1",
                me,
                first,
                last,
                phone
            )
            .execute(&mut *connection)
            .await?;
            Ok(Done { to: PATH.into(), message: "Saved.".into(), reload: true })
        })
    })
    .await?;
    sessions::flash_outcome(parts, &outcome).await;
    Ok(outcome)
}
