//! Writing a new order with its lines and shipping: what the shop's checkout and staff on the phone have in common.
//! Prices, tax and totals are the catalog's, read in the transaction that places the order.

use super::checkout::{NewAddress, ShippingMethod};
use crate::server::db::Stop;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The shop's one currency.
pub const CURRENCY: &str = "EUR";

/// An article of an order, with the shop's own price.
#[derive(Clone, Debug)]
pub struct Article {
    pub sku: String,
    pub quantity: i32,
    pub product_id: Uuid,
    pub variant_id: Option<Uuid>,
    pub name: String,
    pub variant: Option<String>,
    pub price: Decimal,
    pub tax_rate: Decimal,
}

impl Article {
    /// The price of all pieces.
    pub fn total(&self) -> Decimal {
        self.price * Decimal::from(self.quantity)
    }

    /// VAT inside the line's total, not rounded.
    fn tax(&self) -> Decimal {
        self.total() * self.tax_rate / (Decimal::ONE_HUNDRED + self.tax_rate)
    }
}

/// What an order comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    pub subtotal: Decimal,
    pub discount: Decimal,
    pub shipping: Decimal,
    /// VAT inside the prices, less the part of it that the discount takes off.
    pub tax: Decimal,
    pub total: Decimal,
    pub pieces: i32,
}

/// What these articles come to; `discount` is at most their price.
pub fn sums(articles: &[Article], method: ShippingMethod, discount: Decimal) -> Sums {
    let subtotal: Decimal = articles.iter().map(Article::total).sum();
    let discount = discount.min(subtotal);
    let shipping = shipping_cost(method, subtotal - discount);
    let paid = if subtotal.is_zero() { Decimal::ZERO } else { (subtotal - discount) / subtotal };
    let tax = articles.iter().map(|article| (article.tax() * paid).round_dp(2)).sum();
    let pieces = articles.iter().map(|article| article.quantity).sum();
    Sums { subtotal, discount, shipping, tax, total: subtotal - discount + shipping, pieces }
}

/// Carriage for goods of this price, after discounts.
pub fn shipping_cost(method: ShippingMethod, goods: Decimal) -> Decimal {
    match method {
        ShippingMethod::Standard if goods >= Decimal::from(75) => Decimal::ZERO,
        ShippingMethod::Standard => Decimal::new(490, 2),
        ShippingMethod::Express => Decimal::new(1_290, 2),
    }
}

/// The articles of these SKUs with today's prices, in this order; nothing in the place of one that isn't for sale.
///
/// # Errors
/// When the database says no.
pub async fn articles(connection: &mut PgConnection, wanted: &[(String, i32)]) -> Result<Vec<Option<Article>>, Stop> {
    let skus: Vec<String> = wanted.iter().map(|(sku, _)| sku.clone()).collect();
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
    let article = |(sku, quantity): &(String, i32)| {
        rows.iter().find(|row| row.sku == *sku).map(|row| Article {
            sku: sku.clone(),
            quantity: *quantity,
            product_id: row.product_id,
            variant_id: row.variant_id,
            name: row.name.clone(),
            variant: row.variant.clone(),
            price: row.price,
            tax_rate: row.tax_rate,
        })
    };
    Ok(wanted.iter().map(article).collect())
}

/// An order to write.
pub struct Order<'a> {
    pub user_id: Uuid,
    /// Name, e-mail address and phone number of the customer, as they are now.
    pub customer: (&'a str, &'a str, Option<&'a str>),
    pub articles: &'a [Article],
    pub discount: Decimal,
    pub method: ShippingMethod,
    pub ship_to: &'a NewAddress,
    pub bill_to: &'a NewAddress,
    /// `orders.source`.
    pub source: &'a str,
    /// Until when its stock is held unpaid.
    pub hold_until: OffsetDateTime,
}

/// An order that was written.
pub struct Written {
    pub id: Uuid,
    pub order_number: String,
    pub status: String,
    pub sums: Sums,
}

/// Writes the order and holds its stock, all or nothing.
///
/// # Errors
/// The refusal of an article without enough stock, and when the database says no.
pub async fn write(connection: &mut PgConnection, order: &Order<'_>) -> Result<Written, Stop> {
    let sums = sums(order.articles, order.method, order.discount);
    let (name, email, phone) = order.customer;
    let row = sqlx::query!(
        r#"INSERT INTO orders (user_id, currency, subtotal, discount_total, shipping_total, tax_total, grand_total, item_count,
                               customer_name, customer_email, customer_phone, billing_name, billing_street, billing_street2,
                               billing_postal_code, billing_city, billing_region, billing_country, source, hold_expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
           RETURNING id, order_number, status"#,
        order.user_id,
        CURRENCY,
        sums.subtotal,
        sums.discount,
        sums.shipping,
        sums.tax,
        sums.total,
        sums.pieces,
        name,
        email,
        phone,
        order.bill_to.recipient_name,
        order.bill_to.street,
        order.bill_to.street2.as_deref(),
        order.bill_to.postal_code,
        order.bill_to.city,
        order.bill_to.region.as_deref(),
        order.bill_to.country,
        order.source,
        order.hold_until,
    )
    .fetch_one(&mut *connection)
    .await?;
    write_lines(connection, row.id, order.articles).await?;
    write_shipping(connection, row.id, order.method, order.ship_to).await?;
    sqlx::query!("SELECT stock_reserve_order($1, $2)::text AS done", row.id, order.hold_until)
        .fetch_one(&mut *connection)
        .await?;
    Ok(Written { id: row.id, order_number: row.order_number, status: row.status, sums })
}

async fn write_lines(connection: &mut PgConnection, order_id: Uuid, articles: &[Article]) -> Result<(), Stop> {
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

async fn write_shipping(
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

    fn article(cents: i64, quantity: i32) -> Article {
        Article {
            sku: String::new(),
            quantity,
            product_id: Uuid::nil(),
            variant_id: None,
            name: String::new(),
            variant: None,
            price: Decimal::new(cents, 2),
            tax_rate: Decimal::from(19),
        }
    }

    #[test]
    fn carriage_is_free_from_75_for_standard_only() {
        let cost = |method, goods| shipping_cost(method, Decimal::new(goods, 2));
        assert_eq!(cost(ShippingMethod::Standard, 7_499), Decimal::new(490, 2));
        assert_eq!(cost(ShippingMethod::Standard, 7_500), Decimal::ZERO);
        assert_eq!(cost(ShippingMethod::Express, 100_000), Decimal::new(1_290, 2));
    }

    #[test]
    fn vat_is_taken_out_of_the_price() {
        let sums = sums(&[article(11_900, 2)], ShippingMethod::Standard, Decimal::ZERO);
        assert_eq!(sums.tax, Decimal::new(3_800, 2));
        assert_eq!(sums.total, Decimal::new(23_800, 2));
    }

    #[test]
    fn a_discount_takes_its_vat_along_and_is_never_more_than_the_goods() {
        let halved = sums(&[article(11_900, 2)], ShippingMethod::Standard, Decimal::new(11_900, 2));
        assert_eq!((halved.tax, halved.total), (Decimal::new(1_900, 2), Decimal::new(11_900, 2)));
        let below = sums(&[article(8_000, 1)], ShippingMethod::Standard, Decimal::new(1_000, 2));
        assert_eq!(below.shipping, Decimal::new(490, 2), "carriage is by what is paid for the goods");
        let free = sums(&[article(8_000, 1)], ShippingMethod::Express, Decimal::from(500));
        assert_eq!((free.discount, free.tax, free.total), (Decimal::from(80), Decimal::ZERO, Decimal::new(1_290, 2)));
        assert_eq!(sums(&[], ShippingMethod::Express, Decimal::ONE).discount, Decimal::ZERO);
    }
}
