//! SQL of the search. Public for the tests that EXPLAIN it.

use crate::users::find::part;
use rust_decimal::Decimal;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

/// Rows that are looked at to find the best of them.
const LOOKED_AT: usize = 200;

/// Somebody whose name fits.
#[derive(Clone, Debug, FromRow)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    /// Not staff, not deleted.
    pub is_customer: bool,
}

/// A product in the form in which it is sold.
#[derive(Clone, Debug, FromRow)]
pub struct Product {
    pub name: String,
    pub variant: Option<String>,
    pub sku: String,
    pub price: Decimal,
    pub currency: String,
    pub is_published: bool,
}

/// People whose name has all these words, at most one more than `most`.
#[must_use]
pub fn people_statement(words: &[String], most: usize) -> QueryBuilder<Postgres> {
    // as in the list: planned as if all were wanted, so by the index
    let mut sql = QueryBuilder::new(
        "WITH fit AS MATERIALIZED (SELECT id, first_name || ' ' || last_name AS name, \
         role = 'customer' AND deleted_at IS NULL AS is_customer FROM users WHERE ",
    );
    for (number, word) in words.iter().enumerate() {
        sql.push(if number > 0 { " AND " } else { "" });
        sql.push("lower(first_name || ' ' || last_name) LIKE ").push_bind(part(&word.to_lowercase()));
    }
    sql.push(format_args!(") SELECT id, name, is_customer FROM fit LIMIT {}", most + 1));
    sql
}

/// Products whose name has all these words, or whose SKU has the whole text; each form that is sold by itself is a row.
/// The SKU itself first, then names that begin so.
#[must_use]
pub fn product_statement(words: &[String], text: &str, most: usize) -> QueryBuilder<Postgres> {
    let mut sql =
        QueryBuilder::new("WITH fit AS MATERIALIZED (SELECT id FROM products WHERE deleted_at IS NULL AND (sku ILIKE ");
    sql.push_bind(part(text)).push(" OR (");
    for (number, word) in words.iter().enumerate() {
        sql.push(if number > 0 { " AND " } else { "" });
        sql.push("name ILIKE ").push_bind(part(word));
    }
    sql.push(
        "))), fit_variant AS MATERIALIZED (SELECT id, product_id FROM product_variants WHERE deleted_at IS NULL AND sku ILIKE ",
    )
    .push_bind(part(text));
    sql.push(format_args!(
        "), form AS (SELECT f.id AS product_id, v.id AS variant_id FROM (SELECT id FROM fit LIMIT {LOOKED_AT}) f \
         LEFT JOIN product_variants v ON v.product_id = f.id AND v.deleted_at IS NULL \
         UNION SELECT product_id, id FROM (SELECT id, product_id FROM fit_variant LIMIT {LOOKED_AT}) w) \
         SELECT p.name, v.name AS variant, COALESCE(v.sku, p.sku) AS sku, COALESCE(v.price, p.base_price) AS price, \
         p.currency, p.is_published FROM form \
         JOIN products p ON p.id = form.product_id AND p.deleted_at IS NULL \
         LEFT JOIN product_variants v ON v.id = form.variant_id ORDER BY lower(COALESCE(v.sku, p.sku)) <> lower("
    ));
    sql.push_bind(text.to_owned()).push("), NOT starts_with(lower(p.name), lower(").push_bind(text.to_owned());
    sql.push(format_args!(")), p.name, v.position, p.id LIMIT {most}"));
    sql
}
