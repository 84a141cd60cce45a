//! The transaction that places an order.

use super::{NewAddress, NewOrder, Placed, ShippingMethod};
use crate::{
    forms::Refusal,
    money::Money,
    orders::confirmation,
    server::{
        db::{Actor, Stop, transact},
        state::AppState,
    },
};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// The shop's one currency.
const CURRENCY: &str = "EUR";

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

/// An article of the order with the shop's own price.
struct Article {
    sku: String,
    quantity: i32,
    product_id: Uuid,
    variant_id: Option<Uuid>,
    name: String,
    variant: Option<String>,
    price: Decimal,
    tax_rate: Decimal,
}

impl Article {
    fn total(&self) -> Decimal {
        self.price * Decimal::from(self.quantity)
    }

    /// VAT inside the line's total.
    fn tax(&self) -> Decimal {
        (self.total() * self.tax_rate / (Decimal::ONE_HUNDRED + self.tax_rate)).round_dp(2)
    }
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
            let response = serde_json::to_value(&placed).map_err(|error| sqlx::Error::Encode(error.into()))?;
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
    let placed = serde_json::from_value(row.response).map_err(|error| sqlx::Error::Decode(error.into()))?;
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

    let subtotal: Decimal = articles.iter().map(Article::total).sum();
    let tax: Decimal = articles.iter().map(Article::tax).sum();
    let shipping = shipping_cost(order.shipping_method, subtotal);
    let total = subtotal + shipping;
    let pieces: i32 = articles.iter().map(|article| article.quantity).sum();
    let bill_to = order.billing_address.as_ref().unwrap_or(&order.shipping_address);
    let row = sqlx::query!(
        r#"INSERT INTO orders (user_id, currency, subtotal, discount_total, shipping_total, tax_total, grand_total, item_count,
                               customer_name, customer_email, customer_phone, billing_name, billing_street, billing_street2,
                               billing_postal_code, billing_city, billing_region, billing_country, source, hold_expires_at)
           VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'web', $18)
           RETURNING id, order_number, status"#,
        user_id,
        CURRENCY,
        subtotal,
        shipping,
        tax,
        total,
        pieces,
        format!("{} {}", order.customer.first_name.trim(), order.customer.last_name.trim()),
        email(order),
        order.customer.phone.as_deref(),
        bill_to.recipient_name,
        bill_to.street,
        bill_to.street2.as_deref(),
        bill_to.postal_code,
        bill_to.city,
        bill_to.region.as_deref(),
        bill_to.country,
        request.hold_until,
    )
    .fetch_one(&mut *connection)
    .await?;
    insert_lines(connection, row.id, &articles).await?;
    insert_shipping(connection, row.id, order.shipping_method, &order.shipping_address).await?;
    sqlx::query!("SELECT stock_reserve_order($1, $2)::text AS done", row.id, request.hold_until)
        .fetch_one(&mut *connection)
        .await?;
    confirmation::enqueue(connection, row.id, &format!("confirmation:{}", row.id), None).await?;
    let minor = |amount| Money::from_numeric(amount, CURRENCY).minor;
    Ok(Placed {
        id: row.id,
        order_number: row.order_number,
        status: row.status,
        currency: CURRENCY.into(),
        subtotal_minor: minor(subtotal),
        shipping_minor: minor(shipping),
        tax_minor: minor(tax),
        total_minor: minor(total),
        hold_expires_at: request.hold_until.format(&Rfc3339).map_err(|error| sqlx::Error::Encode(error.into()))?,
    })
}

fn shipping_cost(method: ShippingMethod, subtotal: Decimal) -> Decimal {
    match method {
        ShippingMethod::Standard if subtotal >= Decimal::from(75) => Decimal::ZERO,
        ShippingMethod::Standard => Decimal::new(490, 2),
        ShippingMethod::Express => Decimal::new(1_290, 2),
    }
}

fn email(order: &NewOrder) -> String {
    order.customer.email.trim().to_lowercase()
}

/// The articles with today's prices; unknown and unpublished ones are refused by name.
async fn articles(connection: &mut PgConnection, order: &NewOrder) -> Result<Vec<Article>, Stop> {
    let skus: Vec<String> = order.items.iter().map(|item| item.sku.clone()).collect();
    let rows = sqlx::query!(
        r#"SELECT v.sku AS "sku!", p.id AS "product_id!", v.id AS "variant_id?", p.name AS "name!", v.name AS "variant?",
                  v.price AS "price!", p.tax_rate AS "tax_rate!"
           FROM product_variants v JOIN products p ON p.id = v.product_id
           WHERE v.sku = ANY ($1) AND p.is_published AND p.deleted_at IS NULL AND v.deleted_at IS NULL
           UNION ALL
           SELECT p.sku, p.id, NULL, p.name, NULL, p.base_price, p.tax_rate
           FROM products p WHERE p.sku = ANY ($1) AND p.is_published AND p.deleted_at IS NULL"#,
        &skus
    )
    .fetch_all(connection)
    .await?;
    let mut refusal = Refusal::input("Some articles can't be ordered; nothing was ordered.");
    let mut articles = Vec::with_capacity(order.items.len());
    for (index, item) in order.items.iter().enumerate() {
        match rows.iter().find(|row| row.sku == item.sku) {
            Some(row) => articles.push(Article {
                sku: item.sku.clone(),
                quantity: item.quantity,
                product_id: row.product_id,
                variant_id: row.variant_id,
                name: row.name.clone(),
                variant: row.variant.clone(),
                price: row.price,
                tax_rate: row.tax_rate,
            }),
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

async fn insert_lines(connection: &mut PgConnection, order_id: Uuid, articles: &[Article]) -> Result<(), Stop> {
    let column = |value: fn(&Article) -> String| articles.iter().map(value).collect::<Vec<_>>();
    sqlx::query!(
        r#"INSERT INTO order_items (order_id, product_id, variant_id, sku, product_name, variant_name, quantity, unit_price,
                                    discount, tax_rate, line_total, position)
           SELECT $1, a.product_id, a.variant_id, a.sku, a.name, a.variant, a.quantity, a.price, 0, a.tax_rate,
                  a.price * a.quantity, a.position
           FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::numeric[], $9::numeric[])
                WITH ORDINALITY AS a(product_id, variant_id, sku, name, variant, quantity, price, tax_rate, position)"#,
        order_id,
        &articles.iter().map(|article| article.product_id).collect::<Vec<_>>(),
        &articles.iter().map(|article| article.variant_id).collect::<Vec<_>>() as &[Option<Uuid>],
        &column(|article| article.sku.clone()),
        &column(|article| article.name.clone()),
        &articles.iter().map(|article| article.variant.clone()).collect::<Vec<_>>() as &[Option<String>],
        &articles.iter().map(|article| article.quantity).collect::<Vec<_>>(),
        &articles.iter().map(|article| article.price).collect::<Vec<_>>(),
        &articles.iter().map(|article| article.tax_rate).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_shipping(
    connection: &mut PgConnection,
    order_id: Uuid,
    method: ShippingMethod,
    to: &NewAddress,
) -> Result<(), Stop> {
    let method = match method {
        ShippingMethod::Standard => "standard",
        ShippingMethod::Express => "express",
    };
    sqlx::query!(
        "INSERT INTO order_shipping (order_id, method, recipient_name, street, street2, postal_code, city, region, country)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        order_id,
        method,
        to.recipient_name,
        to.street,
        to.street2.as_deref(),
        to.postal_code,
        to.city,
        to.region.as_deref(),
        to.country,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriage_is_free_from_75_for_standard_only() {
        let cost = |method, subtotal| shipping_cost(method, Decimal::new(subtotal, 2));
        assert_eq!(cost(ShippingMethod::Standard, 7_499), Decimal::new(490, 2));
        assert_eq!(cost(ShippingMethod::Standard, 7_500), Decimal::ZERO);
        assert_eq!(cost(ShippingMethod::Express, 100_000), Decimal::new(1_290, 2));
    }

    #[test]
    fn vat_is_taken_out_of_the_price() {
        let article = Article {
            sku: String::new(),
            quantity: 2,
            product_id: Uuid::nil(),
            variant_id: None,
            name: String::new(),
            variant: None,
            price: Decimal::new(11_900, 2),
            tax_rate: Decimal::from(19),
        };
        assert_eq!(article.tax(), Decimal::new(3_800, 2));
    }
}
