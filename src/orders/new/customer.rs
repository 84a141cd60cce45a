//! A customer who is new: an account without a password, as one of the shop's guests.

use super::draft::Draft;
use crate::{
    auth::{
        guard::Ctx,
        model::{Right, Sight},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    orders::{api::CreateCustomer, model::NewCustomer},
    server::{
        db::{Actor, Stop, act},
        texts::{is_email, is_line},
    },
    sheet::{Sheet, SheetField, why_not_right},
    users::find::Who,
};
use server_fn::ServerFn;
use sqlx::{PgConnection, QueryBuilder};

/// Longest first or last name, as the table has it.
const LONGEST_NAME: usize = 100;
/// Longest phone number.
const LONGEST_PHONE: usize = 20;
/// The form's version once its sender was told of somebody who may be the same.
const TOLD: i32 = 1;
const NOBODY: &str = "Nobody was added.";

/// The form.
pub fn sheet(ctx: &Ctx, draft: &Draft) -> Sheet {
    let email = SheetField { kind: "email".into(), ..SheetField::line("email", "E-mail address", "") };
    Sheet {
        title: "New customer".into(),
        effects: vec![
            "They get an account without a password; with “Forgot password” the shop lets them choose one.".into(),
            "No mail goes out now; the confirmation of an order does when it is placed.".into(),
        ],
        to: CreateCustomer::PATH.into(),
        hidden: vec![("order".into(), draft.chosen())],
        version: Some(0),
        fields: vec![
            SheetField::line("first_name", "First name", "").required(),
            SheetField::line("last_name", "Last name", "").required(),
            email.required().hint("Read it back letter by letter"),
            SheetField::line("phone", "Phone", "").hint("With the country’s code, as +49 40 5550218"),
        ],
        submit: "Add the customer".into(),
        why_not: why_not_right(Right::PlaceOrders, &ctx.me).map(|why| format!("This is {why}")).unwrap_or_default(),
        back: draft.opened("").address(),
        ..Sheet::default()
    }
}

/// Adds the customer, and goes on with the order for them.
///
/// # Errors
/// [`AppError::BadRequest`] for an order that no page of ours sends, and when the database says no; refusals are values.
pub async fn create(ctx: &Ctx, order: &str, version: i32, new: NewCustomer) -> Result<Outcome, AppError> {
    let draft = Draft::read(order)?;
    let new = match read(&new) {
        Ok(new) => new,
        Err(refusal) => return Ok(refusal.into()),
    };
    act(ctx, Actor::of(ctx).because("New customer"), move |connection| {
        Box::pin(async move {
            if version != TOLD
                && let Some(twin) = twin(connection, &new).await?
            {
                let why = format!(
                    "{twin} Find them by the search if it is the same person; if it is somebody else, send again. {NOBODY}"
                );
                return Err(Refusal { version: Some(TOLD), ..Refusal::conflict(why) }.into());
            }
            let id = sqlx::query_scalar!(
                "INSERT INTO users (email, password_hash, first_name, last_name, phone_number) VALUES ($1, '!', $2, $3, NULLIF($4, ''))
                 ON CONFLICT (email) DO NOTHING RETURNING id",
                new.email,
                new.first_name,
                new.last_name,
                new.phone
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(id) = id else { return Err(taken(connection, &new.email).await?) };
            let message = format!("{} {} is a customer now.", new.first_name, new.last_name);
            Ok(Done { to: draft.of(Some(id)).address(), message, reload: false })
        })
    })
    .await
}

fn read(new: &NewCustomer) -> Result<NewCustomer, Refusal> {
    let trim = |text: &str| text.trim().to_owned();
    let new = NewCustomer {
        first_name: trim(&new.first_name),
        last_name: trim(&new.last_name),
        email: trim(&new.email).to_lowercase(),
        phone: trim(&new.phone),
    };
    let mut refusal = Refusal::input(NOBODY);
    for (field, name) in [("first_name", &new.first_name), ("last_name", &new.last_name)] {
        if !is_line(name, LONGEST_NAME) {
            refusal = refusal.field(field, format!("A name has 1 to {LONGEST_NAME} characters."));
        }
    }
    if !is_email(&new.email) {
        refusal = refusal.field("email", "This is no e-mail address.");
    }
    if !new.phone.is_empty() && (!is_line(&new.phone, LONGEST_PHONE) || Who::phone(Sight::Full, &new.phone).is_err()) {
        refusal = refusal.field("phone", "This is no phone number. Type it as +49 40 5550218.");
    }
    refusal.check()?;
    Ok(new)
}

/// A customer with the same phone number or the same name, in a sentence.
async fn twin(connection: &mut PgConnection, new: &NewCustomer) -> Result<Option<String>, Stop> {
    let name = format!("{} {}", new.first_name, new.last_name);
    let by_phone = Who::phone(Sight::Full, &new.phone).ok().map(|who| (who, "this phone number"));
    let words: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
    let by_name = Who::named(&words).ok().map(|who| (who, "a name like this"));
    for (who, what) in by_phone.into_iter().chain(by_name) {
        let mut sql = QueryBuilder::new(
            "WITH fit AS MATERIALIZED (SELECT users.first_name || ' ' || users.last_name AS name FROM users WHERE \
             users.role = 'customer' AND users.deleted_at IS NULL AND users.email <> ",
        );
        // one with the same address is refused by itself
        sql.push_bind(new.email.clone()).push(" AND ");
        who.push(&mut sql, "users");
        sql.push(") SELECT name FROM fit ORDER BY name LIMIT 1");
        let found: Option<String> = sql.build_query_scalar().fetch_optional(&mut *connection).await?;
        if let Some(found) = found {
            return Ok(Some(format!("{found} has {what}.")));
        }
    }
    Ok(None)
}

/// Why the address can't be a new customer's, and what to do instead.
async fn taken(connection: &mut PgConnection, email: &str) -> Result<Stop, Stop> {
    let row = sqlx::query!(
        r#"SELECT first_name || ' ' || last_name AS "name!", role, deleted_at IS NOT NULL AS "is_deleted!" FROM users WHERE email = $1"#,
        email
    )
    .fetch_one(connection)
    .await?;
    let why = match (row.role.as_str(), row.is_deleted) {
        ("customer", false) => format!("{} has this address. Search for it and choose them.", row.name),
        ("customer", true) => {
            format!("{} had this address; the account was deleted and can be brought back.", row.name)
        }
        _ => "A colleague works with this address. Use another.".to_owned(),
    };
    Ok(Refusal::conflict(NOBODY).field("email", why).into())
}
