//! SQL of the page.

use crate::{
    orders::{placing::Article, store::article_name},
    search::store::product_statement,
    users::find::{Who, people},
};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::{PgPool, types::Json};
use uuid::Uuid;

/// A customer, with what taking an order for them needs.
#[derive(Debug)]
pub struct Customer {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    pub status: String,
    pub is_deleted: bool,
    /// What colleagues pinned.
    pub warnings: Vec<String>,
    pub addresses: Json<Vec<Saved>>,
}

/// An address that the customer saved.
#[derive(Clone, Debug, Deserialize)]
pub struct Saved {
    pub id: Uuid,
    pub recipient_name: String,
    pub street: String,
    pub street2: Option<String>,
    pub postal_code: String,
    pub city: String,
    pub region: Option<String>,
    pub country: String,
    pub for_shipping: bool,
    pub for_billing: bool,
}

/// The customer of that id, or whom they were merged into; nothing for a colleague and for nobody.
///
/// # Errors
/// When the database says no.
pub async fn customer<'e>(db: impl sqlx::PgExecutor<'e>, id: Uuid) -> sqlx::Result<Option<Customer>> {
    sqlx::query_as!(
        Customer,
        r#"SELECT u.id, u.first_name || ' ' || u.last_name AS "name!", u.email, u.phone_number AS phone, u.status,
                  u.deleted_at IS NOT NULL AS "is_deleted!",
                  ARRAY(SELECT n.body FROM user_notes n WHERE n.user_id = u.id AND n.pinned AND n.deleted_at IS NULL
                        ORDER BY n.id DESC LIMIT 3) AS "warnings!",
                  COALESCE((SELECT jsonb_agg(jsonb_build_object('id', a.id, 'recipient_name', a.recipient_name, 'street', a.street,
                        'street2', a.street2, 'postal_code', a.postal_code, 'city', a.city, 'region', a.region, 'country', a.country,
                        'for_shipping', a.is_default_shipping, 'for_billing', a.is_default_billing)
                        ORDER BY a.is_default_shipping DESC, a.created_at, a.id)
                   FROM (SELECT id, recipient_name, street, street2, postal_code, city, region, country, is_default_shipping,
                                is_default_billing, created_at
                         FROM addresses WHERE user_id = u.id AND deleted_at IS NULL ORDER BY is_default_shipping DESC, created_at LIMIT 50) a),
                  '[]') AS "addresses!: Json<Vec<Saved>>"
           FROM users u WHERE u.id = account_of($1) AND u.role = 'customer'"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// A customer who may be the caller.
#[derive(Debug)]
pub struct Found {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    pub status: String,
    pub orders: i32,
    pub country: Option<String>,
}

/// Customers that fit, at most one more than `most`.
///
/// # Errors
/// When the database says no.
pub async fn customers(db: &PgPool, who: &Who, most: usize) -> sqlx::Result<Vec<Found>> {
    // colleagues and deleted accounts fit too: some of them shall not hide the one who calls
    let ids = people(db, who, most * 3).await?;
    let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
    sqlx::query_as!(
        Found,
        r#"SELECT u.id, u.first_name || ' ' || u.last_name AS "name!", u.email, u.phone_number AS phone, u.status,
                  COALESCE(f.orders, 0) AS "orders!", f.country AS "country?"
           FROM users u LEFT JOIN user_facts f ON f.user_id = u.id
           WHERE u.id = ANY ($1) AND u.role = 'customer' AND u.deleted_at IS NULL
           ORDER BY 6 DESC, u.last_name, u.first_name, u.id LIMIT $2"#,
        &ids,
        limit
    )
    .fetch_all(db)
    .await
}

/// An article with its stock.
#[derive(Clone, Debug)]
pub struct Stocked {
    pub sku: String,
    pub product_id: Uuid,
    pub variant_id: Option<Uuid>,
    pub name: String,
    pub variant: Option<String>,
    pub price: Decimal,
    pub tax_rate: Decimal,
    pub is_for_sale: bool,
    /// Pieces that can be sold, in all warehouses that are in use.
    pub available: i64,
    /// Where they are: “Hamburg 3, Leipzig 1”.
    pub places: String,
}

impl Stocked {
    /// Product and variant.
    pub fn title(&self) -> String {
        article_name(&self.name, self.variant.as_deref())
    }

    /// So many of it.
    pub fn article(&self, quantity: i32) -> Article {
        Article {
            sku: self.sku.clone(),
            quantity,
            product_id: self.product_id,
            variant_id: self.variant_id,
            name: self.name.clone(),
            variant: self.variant.clone(),
            price: self.price,
            tax_rate: self.tax_rate,
        }
    }
}

/// The articles of these SKUs, in their order, without those that there are not.
///
/// # Errors
/// When the database says no.
pub async fn stocked(db: &PgPool, skus: &[String]) -> sqlx::Result<Vec<Stocked>> {
    sqlx::query_as!(
        Stocked,
        r#"WITH asked AS (SELECT sku, position FROM unnest($1::text[]) WITH ORDINALITY AS a (sku, position)),
           found AS (
               SELECT a.position, v.sku, p.id AS product_id, v.id AS variant_id, p.name, v.name AS variant, v.price, p.tax_rate,
                      p.is_published AND p.deleted_at IS NULL AND v.deleted_at IS NULL AS is_for_sale
               FROM asked a JOIN product_variants v ON v.sku = a.sku JOIN products p ON p.id = v.product_id
               UNION ALL
               SELECT a.position, p.sku, p.id, NULL, p.name, NULL, p.base_price, p.tax_rate, p.is_published AND p.deleted_at IS NULL
               FROM asked a JOIN products p ON p.sku = a.sku)
           SELECT f.sku AS "sku!", f.product_id AS "product_id!", f.variant_id, f.name AS "name!", f.variant, f.price AS "price!",
                  f.tax_rate AS "tax_rate!", f.is_for_sale AS "is_for_sale!", COALESCE(s.available, 0) AS "available!",
                  COALESCE(s.places, '') AS "places!"
           FROM found f
           CROSS JOIN LATERAL (
               SELECT sum(i.quantity_available) AS available,
                      string_agg(w.name || ' ' || i.quantity_available, ', ' ORDER BY w.priority, w.name) AS places
               FROM inventory i JOIN warehouses w ON w.id = i.warehouse_id
               WHERE i.product_id = f.product_id AND i.variant_id IS NOT DISTINCT FROM f.variant_id AND i.quantity_available > 0
                 AND w.is_active AND w.deleted_at IS NULL) s
           ORDER BY f.position"#,
        skus
    )
    .fetch_all(db)
    .await
}

/// SKUs of articles that fit a text, the best first.
///
/// # Errors
/// When the database says no.
pub async fn skus(db: &PgPool, text: &str, most: usize) -> sqlx::Result<Vec<String>> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let found: Vec<crate::search::store::Product> =
        product_statement(&words, text, most).build_query_as().fetch_all(db).await?;
    Ok(found.into_iter().filter(|product| product.is_published).map(|product| product.sku).collect())
}
