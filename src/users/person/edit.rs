//! Changing name, contact and date of birth of a customer. Who saves second is told; a value that is masked for this
//! colleague is no field of the form, and stays.

use super::{
    done, path,
    sight::{Sights, Value},
    store::{self, Head},
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Right, Role, Sight},
    },
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        since::changed_since,
        texts::{is_email, is_line},
    },
    sheet::{Sheet, SheetField, why_not_right},
    users::{api::EditUser, model::UserEdit},
};
use server_fn::ServerFn;
use sqlx::PgConnection;
use time::{Date, Month, OffsetDateTime};
use uuid::Uuid;

/// The form.
pub fn sheet(ctx: &Ctx, head: &Head) -> Sheet {
    let sights = Sights::of(ctx, head);
    let mut fields = vec![
        SheetField::line("first_name", "First name", &head.first_name).required(),
        SheetField::line("last_name", "Last name", &head.last_name).required(),
    ];
    let mut masked = Vec::new();
    let mut add = |value: Value, field: SheetField| match sights.see(value) {
        Sight::Full => fields.push(field),
        Sight::Masked => masked.push(value.label()),
        Sight::Hidden => {}
    };
    let email = SheetField { kind: "email".into(), ..SheetField::line("email", "E-mail address", &head.email) };
    add(Value::Email, email.required().hint("A new one is unconfirmed until its owner opens a link of the shop."));
    add(Value::Phone, SheetField::line("phone", "Phone", head.phone_number.clone().unwrap_or_default()));
    let birth = head.date_of_birth.map(|day| day.to_string()).unwrap_or_default();
    add(Value::Birth, SheetField { kind: "date".into(), ..SheetField::line("birth", "Date of birth", birth) });
    let mut effects = vec!["Orders that were placed keep the name and contact that they have.".to_owned()];
    if !masked.is_empty() {
        effects.push(format!("Masked for your role, and not changed here: {}. Reveal it first.", masked.join(", ")));
    }
    Sheet {
        title: format!("Change {}", head.name()),
        effects,
        to: EditUser::PATH.into(),
        hidden: vec![("id".into(), head.id.to_string())],
        version: Some(head.version),
        fields,
        submit: "Save".into(),
        why_not: why_not_right(Right::EditUsers, &ctx.me)
            .map(|why| format!("This can't be changed: {why}"))
            .unwrap_or_default(),
        back: path(head.id),
        ..Sheet::default()
    }
}

/// What is stored.
#[derive(Debug, PartialEq, Eq)]
struct Values {
    first_name: String,
    last_name: String,
    email: String,
    phone: Option<String>,
    birth: Option<Date>,
}

/// A day as a field of that kind sends it.
fn read_day(text: &str, today: Date) -> Option<Date> {
    let mut parts = text.trim().splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    (date <= today && date.year() > 1890).then_some(date)
}

/// What the form says, with what is masked as it is.
fn read(edit: &UserEdit, head: &Head, sights: &Sights, today: Date) -> Result<Values, Refusal> {
    let mut refusal = Refusal::input("Nothing was changed.");
    let (first_name, last_name) = (edit.first_name.trim().to_owned(), edit.last_name.trim().to_owned());
    for (field, name) in [("first_name", &first_name), ("last_name", &last_name)] {
        if !is_line(name, 100) {
            refusal = refusal.field(field, "A name has 1 to 100 characters.");
        }
    }
    let mut email = head.email.clone();
    if sights.see(Value::Email) == Sight::Full {
        email = edit.email.trim().to_lowercase();
        if !is_email(&email) {
            refusal = refusal.field("email", "This is no e-mail address.");
        }
    }
    let mut phone = head.phone_number.clone();
    if sights.see(Value::Phone) == Sight::Full {
        let text = edit.phone.trim().to_owned();
        let is_number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '/' | '(' | ')' | ' '));
        if !text.is_empty() && (!is_line(&text, 20) || !is_number) {
            refusal = refusal.field("phone", "A phone number has at most 20 digits and signs, as +49 40 5550218.");
        }
        phone = (!text.is_empty()).then_some(text);
    }
    let mut birth = head.date_of_birth;
    if sights.see(Value::Birth) == Sight::Full {
        birth = read_day(&edit.birth, today);
        if birth.is_none() && !edit.birth.trim().is_empty() {
            refusal = refusal.field("birth", "This is no day of birth. Type it as 1990-12-31.");
        }
    }
    refusal.check()?;
    Ok(Values { first_name, last_name, email, phone, birth })
}

/// Changes them.
///
/// # Errors
/// [`AppError::NotFound`] when no customer has that id, and when the database says no; refusals are values.
pub async fn edit(ctx: &Ctx, id: Uuid, version: i32, edit: UserEdit) -> Result<Outcome, AppError> {
    let head = store::head(ctx, id).await?;
    if head.role != Role::Customer.code() || head.deleted_at.is_some() {
        return Err(AppError::NotFound);
    }
    let sights = Sights::of(ctx, &head);
    let new = match read(&edit, &head, &sights, OffsetDateTime::now_utc().date()) {
        Ok(new) => new,
        Err(refusal) => return Ok(refusal.into()),
    };
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = lock(connection, id).await?;
            if now.version != version {
                let since = changed_since(connection, "users", &id.to_string(), version, now.version).await?;
                let columns = ["first_name", "last_name", "email", "phone_number", "date_of_birth"];
                if let Some(change) = columns.iter().find_map(|column| since.of(column)) {
                    let who = change.who.as_deref().unwrap_or("The system");
                    let message = format!(
                        "{who} changed this person meanwhile. Nothing was changed by you; what you typed is kept: send again to \
                         put it in place of theirs."
                    );
                    return Err(Refusal { version: Some(now.version), ..Refusal::conflict(message) }.into());
                }
            }
            if now.values == new {
                return Ok(done(id, "Nothing was different."));
            }
            let taken = sqlx::query_scalar!(
                r#"SELECT EXISTS (SELECT 1 FROM users WHERE email = $1 AND id <> $2) AS "taken!""#,
                new.email,
                id
            )
            .fetch_one(&mut *connection)
            .await?;
            if taken {
                let why = "Another account has this address. Merge the accounts, or change that one first.";
                return Err(Refusal::input("Nothing was changed.").field("email", why).into());
            }
            sqlx::query!(
                "UPDATE users SET first_name = $2, last_name = $3, email = $4::text, phone_number = $5, date_of_birth = $6,
                        email_verified = email_verified AND email = $4::text
                 WHERE id = $1",
                id,
                new.first_name,
                new.last_name,
                new.email,
                new.phone,
                new.birth
            )
            .execute(connection)
            .await?;
            Ok(done(id, "Saved."))
        })
    })
    .await
}

struct Locked {
    version: i32,
    values: Values,
}

async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<Locked, Stop> {
    let row = sqlx::query!(
        "SELECT version, first_name, last_name, email, phone_number, date_of_birth FROM users
         WHERE id = $1 AND role = 'customer' AND deleted_at IS NULL FOR UPDATE",
        id
    )
    .fetch_optional(connection)
    .await?
    .ok_or(AppError::NotFound)?;
    let values = Values {
        first_name: row.first_name,
        last_name: row.last_name,
        email: row.email,
        phone: row.phone_number,
        birth: row.date_of_birth,
    };
    Ok(Locked { version: row.version, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn days_of_birth_are_past() {
        let read = |text| read_day(text, date!(2026 - 11 - 28));
        assert_eq!(read(" 1990-02-03 "), Some(date!(1990 - 02 - 03)));
        for wrong in ["", "1990", "1990-02-30", "2026-11-29", "0090-02-03", "3.2.1990"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
