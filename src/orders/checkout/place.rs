//! The transaction that places an order.

use super::{NewOrder, Placed};
use crate::{
    forms::Refusal,
    money::Money,
    orders::{
        confirmation,
        placing::{self, Article, CURRENCY},
    },
    server::{
        db::{Actor, Stop, transact},
        state::AppState,
    },
};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// A checked request.
pub struct Request {
    pub client: String,
    pub key: String,
    pub hash: Vec<u8>,
    pub order: NewOrder,
    pub hold_until: OffsetDateTime,
    /// `x-request-id` of the call, for the audit trail.
    pub trace: String,
}

/// What became of it.
pub enum Answer {
    Placed(Placed),
    /// The idempotency key stands for another order.
    KeyTaken,
}

/// Places the order, or finds the one that this key placed before.
pub async fn place(state: &AppState, request: Request) -> Result<Answer, Stop> {
    let actor = Actor { user_id: None, kind: "customer", request_id: request.trace.clone(), reason: String::new() };
    transact(&state.db, actor, move |connection| {
        Box::pin(async move {
            // a twin in flight waits here until we commit, then finds our answer
            let first = sqlx::query!(
                "INSERT INTO checkout_requests (client, idempotency_key, request_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                request.client,
                request.key,
                request.hash
            )
            .execute(&mut *connection)
            .await?;
            if first.rows_affected() == 0 {
                return earlier(connection, &request).await;
            }
            let placed = create(connection, &request).await?;
            let response = serde_json::to_value(&placed)?;
            sqlx::query!(
                "UPDATE checkout_requests SET order_id = $3, response = $4 WHERE client = $1 AND idempotency_key = $2",
                request.client,
                request.key,
                placed.id,
                response
            )
            .execute(&mut *connection)
            .await?;
            Ok(Answer::Placed(placed))
        })
    })
    .await
}

async fn earlier(connection: &mut PgConnection, request: &Request) -> Result<Answer, Stop> {
    let row = sqlx::query!(
        r#"SELECT request_hash, response AS "response!" FROM checkout_requests WHERE client = $1 AND idempotency_key = $2"#,
        request.client,
        request.key
    )
    .fetch_one(connection)
    .await?;
    if row.request_hash != request.hash {
        return Ok(Answer::KeyTaken);
    }
    let placed = serde_json::from_value(row.response)?;
    Ok(Answer::Placed(placed))
}

async fn create(connection: &mut PgConnection, request: &Request) -> Result<Placed, Stop> {
    let order = &request.order;
    let articles = articles(connection, order).await?;
    let user_id = customer(connection, order).await?;
    // the rest is the customer's own act in the audit trail
    sqlx::query!("SELECT set_config('app.current_user_id', $1, true) AS done", user_id.to_string())
        .fetch_one(&mut *connection)
        .await?;

    let customer = &order.customer;
    let placed = placing::write(
        connection,
        &placing::Order {
            user_id,
            customer: (
                &format!("{} {}", customer.first_name.trim(), customer.last_name.trim()),
                &email(order),
                customer.phone.as_deref(),
            ),
            articles: &articles,
            discount: Decimal::ZERO,
            method: order.shipping_method,
            ship_to: &order.shipping_address,
            bill_to: order.billing_address.as_ref().unwrap_or(&order.shipping_address),
            source: "web",
            hold_until: request.hold_until,
        },
    )
    .await?;
    confirmation::enqueue(connection, placed.id, &format!("confirmation:{}", placed.id), None).await?;
    let minor = |amount| Money::from_numeric(amount, CURRENCY).minor;
    Ok(Placed {
        id: placed.id,
        order_number: placed.order_number,
        status: placed.status,
        currency: CURRENCY.into(),
        subtotal_minor: minor(placed.sums.subtotal),
        shipping_minor: minor(placed.sums.shipping),
        tax_minor: minor(placed.sums.tax),
        total_minor: minor(placed.sums.total),
        hold_expires_at: request.hold_until.format(&Rfc3339).map_err(|error| sqlx::Error::Encode(error.into()))?,
    })
}

fn email(order: &NewOrder) -> String {
    order.customer.email.trim().to_lowercase()
}

/// The articles with today's prices; unknown and unpublished ones are refused by name.
async fn articles(connection: &mut PgConnection, order: &NewOrder) -> Result<Vec<Article>, Stop> {
    let wanted: Vec<(String, i32)> = order.items.iter().map(|item| (item.sku.clone(), item.quantity)).collect();
    let mut refusal = Refusal::input("Some articles can't be ordered; nothing was ordered.");
    let mut articles = Vec::with_capacity(wanted.len());
    for (index, article) in placing::articles(connection, &wanted).await?.into_iter().enumerate() {
        match article {
            Some(article) => articles.push(article),
            None => refusal = refusal.field(&format!("items[{index}].sku"), "no article that is for sale"),
        }
    }
    refusal.check()?;
    Ok(articles)
}

/// The customer of this address; a new one has a hash that no password matches.
async fn customer(connection: &mut PgConnection, order: &NewOrder) -> Result<Uuid, Stop> {
    let email = email(order);
    sqlx::query!(
        "INSERT INTO users (email, password_hash, first_name, last_name, phone_number) VALUES ($1, '!', $2, $3, $4)
         ON CONFLICT DO NOTHING",
        email,
        order.customer.first_name.trim(),
        order.customer.last_name.trim(),
        order.customer.phone.as_deref(),
    )
    .execute(&mut *connection)
    .await?;
    // an account that was merged into another one stands for that
    let mut next = sqlx::query_scalar!("SELECT account_of(id) FROM users WHERE email = $1", email)
        .fetch_one(&mut *connection)
        .await?;
    while let Some(id) = next {
        // waits for a merge or its undoing, and holds it up until the order is placed
        let row = sqlx::query!(
            r#"SELECT status = 'active' AND deleted_at IS NULL AS "may_order!", merged_into FROM users WHERE id = $1 FOR KEY SHARE"#,
            id
        )
        .fetch_one(&mut *connection)
        .await?;
        if row.may_order {
            return Ok(id);
        }
        next = row.merged_into;
    }
    Err(Refusal::conflict("This customer can't order just now.").into())
}
