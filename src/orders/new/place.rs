//! Placing the order that was put together.

use super::{
    draft::Draft,
    form::{NOT_PLACED, Place, Typed, seal},
    page::why_not_for,
    store::{self, Customer},
};
use crate::{
    auth::guard::Ctx,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    money::Money,
    orders::{
        checkout::NewAddress,
        confirmation,
        model::{self, PhoneOrder},
        notes,
        placing::{self, Article, CURRENCY, sums},
    },
    server::db::{Actor, Stop, act},
};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Places it. `chosen` is what the page's address said, `version` the seal of the prices that it showed; the same `key`
/// twice is one order.
///
/// # Errors
/// [`AppError::BadRequest`] for what no page of ours sends, and when the database says no; refusals are values.
pub async fn place(
    ctx: &Ctx,
    (chosen, key, version): (&str, &str, i32),
    form: &PhoneOrder,
    address: &model::NewAddress,
) -> Result<Outcome, AppError> {
    let draft = Draft::read(chosen)?;
    let (Some(customer), Ok(key)) = (draft.customer, key.parse::<Uuid>()) else {
        return Ok(Refusal::input("This form is incomplete. Reload the page and try again.").into());
    };
    if draft.items.is_empty() {
        return Ok(Refusal::input(format!("{NOT_PLACED} It has no articles yet.")).into());
    }
    let typed = match Typed::read(form, address) {
        Ok(typed) => typed,
        Err(refusal) => return Ok(refusal.into()),
    };
    let (own, now) = (ctx.clone(), OffsetDateTime::now_utc());
    let reason = match typed.discount {
        Some(_) => format!("Discount {}: {}", form.discount.trim(), typed.reason),
        None => String::new(),
    };
    act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            let client = format!("staff:{}", own.me.id);
            if let Some(earlier) = earlier(connection, &client, key).await? {
                return Ok(done(earlier, "This order was placed already."));
            }
            let customer = customer_of(connection, customer).await?;
            let articles = articles(connection, &draft).await?;
            let seal = seal(&articles);
            if seal != version {
                let goods = Money::from_numeric(sums(&articles, typed.method, Decimal::ZERO).subtotal, CURRENCY);
                let why = format!(
                    "{NOT_PLACED} Prices changed meanwhile: the goods now cost {goods}. Say so, and send again."
                );
                return Err(Refusal { version: Some(seal), ..Refusal::conflict(why) }.into());
            }
            let discount = typed.discount_of(&own.me, articles.iter().map(Article::total).sum())?;
            let ship_to = match &typed.ship_to {
                Place::Typed(address) => address.clone(),
                Place::Saved(id) => saved(&customer, *id, "ship_to")?,
            };
            let bill_to = typed.bill_to.map(|id| saved(&customer, id, "bill_to")).transpose()?;
            let hold_until = now + Duration::days(i64::from(typed.days));
            let order = placing::Order {
                user_id: customer.id,
                customer: (&customer.name, &customer.email, customer.phone.as_deref()),
                articles: &articles,
                discount,
                method: typed.method,
                ship_to: &ship_to,
                bill_to: bill_to.as_ref().unwrap_or(&ship_to),
                source: "phone",
                hold_until,
            };
            let placed = placing::write(connection, &order).await?;
            if let Some(note) = &typed.note {
                notes::add_in(connection, placed.id, Uuid::new_v4(), own.me.id, note).await?;
            }
            confirmation::enqueue(connection, placed.id, &format!("confirmation:{}", placed.id), Some(own.me.id))
                .await?;
            sqlx::query!(
                "UPDATE checkout_requests SET order_id = $3 WHERE client = $1 AND idempotency_key = $2",
                client,
                key.to_string(),
                placed.id
            )
            .execute(connection)
            .await?;
            let until = own.zone().stamp(hold_until).short;
            let message = format!("Order {} is placed. Its stock is held until {until}.", placed.order_number);
            Ok(done(placed.id, &message))
        })
    })
    .await
}

fn done(order: Uuid, message: &str) -> Done {
    Done { to: format!("/orders/{order}"), message: message.to_owned(), reload: false }
}

/// The order that this key stands for, if it was placed; else the key is taken, until the transaction ends. A twin in
/// flight waits here.
async fn earlier(connection: &mut PgConnection, client: &str, key: Uuid) -> Result<Option<Uuid>, Stop> {
    let first = sqlx::query!(
        "INSERT INTO checkout_requests (client, idempotency_key, request_hash) VALUES ($1, $2, '') ON CONFLICT DO NOTHING",
        client,
        key.to_string()
    )
    .execute(&mut *connection)
    .await?;
    if first.rows_affected() == 1 {
        return Ok(None);
    }
    let order = sqlx::query_scalar!(
        r#"SELECT order_id AS "order_id!" FROM checkout_requests WHERE client = $1 AND idempotency_key = $2"#,
        client,
        key.to_string()
    )
    .fetch_one(connection)
    .await?;
    Ok(Some(order))
}

/// The customer, who stays as they are until the order is there.
async fn customer_of(connection: &mut PgConnection, id: Uuid) -> Result<Customer, Stop> {
    sqlx::query!("SELECT FROM users WHERE id = account_of($1) FOR SHARE", id).fetch_optional(&mut *connection).await?;
    let customer = store::customer(connection, id).await?.ok_or(AppError::NotFound)?;
    match why_not_for(&customer) {
        Some(why) => Err(Refusal::conflict(format!("{NOT_PLACED} {why}")).into()),
        None => Ok(customer),
    }
}

async fn articles(connection: &mut PgConnection, draft: &Draft) -> Result<Vec<Article>, Stop> {
    let found = placing::articles(connection, &draft.items).await?;
    let missing: Vec<&str> =
        found.iter().zip(&draft.items).filter(|(one, _)| one.is_none()).map(|(_, (sku, _))| sku.as_str()).collect();
    if missing.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    let which = missing.join(", ");
    Err(Refusal::conflict(format!("{NOT_PLACED} Not for sale any more: {which}. Go back and take that out.")).into())
}

fn saved(customer: &Customer, id: Uuid, field: &str) -> Result<NewAddress, Refusal> {
    let found = customer.addresses.0.iter().find(|saved| saved.id == id);
    found.map(NewAddress::from).ok_or_else(|| {
        Refusal::conflict(NOT_PLACED).field(field, "The customer took this address out. Choose another.")
    })
}
