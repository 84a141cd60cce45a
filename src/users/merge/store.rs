//! SQL of merging two accounts.

use super::rules::Counts;
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// A merge that an account was part of.
#[derive(Clone, Debug, Deserialize)]
pub struct Merge {
    pub id: Uuid,
    pub kept_id: Uuid,
    /// Name of the account that stayed.
    pub kept: String,
    pub merged_id: Uuid,
    /// Name of the account that went.
    pub merged: String,
    pub by: String,
    pub reason: String,
    pub moved: Counts,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub undone_at: Option<OffsetDateTime>,
    pub undone_by: Option<String>,
    /// The account that stayed is deleted, or went itself.
    pub is_kept_gone: bool,
}

/// Somebody who could be the same customer.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub status: String,
    pub orders: i32,
    /// What both have: `phone`, `name`, `email`, `address`.
    pub same: Vec<String>,
}

/// What a customer is compared by; nothing where there is nothing, or the reader's role sees none of it.
pub struct Marks {
    /// A pattern for the digits of phone numbers.
    pub phone: Option<String>,
    /// A pattern for the whole name.
    pub name: String,
    /// The e-mail address without dots and what follows a plus.
    pub email: Option<String>,
    pub with_addresses: bool,
}

/// Who could be the same customer: each kind by an index of its own, those with most in common first.
pub async fn candidates(db: &PgPool, id: Uuid, marks: &Marks, limit: i64) -> sqlx::Result<Vec<Candidate>> {
    sqlx::query_as!(
        Candidate,
        r#"WITH by_phone AS MATERIALIZED (SELECT u.id FROM users u WHERE regexp_replace(u.phone_number, '\D', '', 'g') LIKE $2),
           by_name AS MATERIALIZED (SELECT u.id FROM users u WHERE lower(u.first_name || ' ' || u.last_name) LIKE $3),
           by_email AS MATERIALIZED (
               SELECT u.id FROM users u
               WHERE (replace(split_part(split_part(u.email::text, '@', 1), '+', 1), '.', '') || '@' || split_part(u.email::text, '@', 2)) = $4),
           by_address AS MATERIALIZED (
               SELECT DISTINCT a.user_id AS id FROM addresses k
               JOIN addresses a ON a.postal_code = k.postal_code AND lower(a.street) = lower(k.street) AND a.deleted_at IS NULL
               WHERE k.user_id = $1 AND k.deleted_at IS NULL AND $5),
           same AS (
               SELECT id, 'email' AS what FROM by_email
               UNION SELECT id, 'phone' FROM by_phone
               UNION SELECT id, 'address' FROM by_address
               UNION SELECT id, 'name' FROM by_name)
           SELECT u.id, u.first_name || ' ' || u.last_name AS "name!", u.email, u.status, f.orders, s.same AS "same!"
           FROM (SELECT id, array_agg(what ORDER BY what) AS same FROM same WHERE id <> $1 GROUP BY id) s
           JOIN users u ON u.id = s.id
           JOIN user_facts f ON f.user_id = u.id
           WHERE u.role = 'customer' AND u.deleted_at IS NULL
           ORDER BY cardinality(s.same) DESC, f.orders DESC, u.id LIMIT $6"#,
        id,
        marks.phone,
        marks.name,
        marks.email,
        marks.with_addresses,
        limit
    )
    .fetch_all(db)
    .await
}

/// These customers, but `id` itself.
pub async fn named(db: &PgPool, id: Uuid, ids: &[Uuid]) -> sqlx::Result<Vec<Candidate>> {
    sqlx::query_as!(
        Candidate,
        r#"SELECT u.id, u.first_name || ' ' || u.last_name AS "name!", u.email, u.status, f.orders, '{}'::text[] AS "same!"
           FROM users u JOIN user_facts f ON f.user_id = u.id
           WHERE u.id = ANY ($2) AND u.id <> $1 AND u.role = 'customer' ORDER BY u.deleted_at IS NOT NULL, f.orders DESC, u.id"#,
        id,
        ids
    )
    .fetch_all(db)
    .await
}

/// What the orders of a person come to.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Orders that were placed.
    pub orders: i32,
    pub spent: Decimal,
    pub currency: Option<String>,
    /// Of the orders those that aren't in the archive.
    pub at_hand: i64,
}

/// Of one person.
pub async fn facts(db: &PgPool, id: Uuid) -> sqlx::Result<Facts> {
    sqlx::query_as!(
        Facts,
        r#"SELECT f.orders, f.spent, f.currency::text AS currency,
                  (SELECT count(*) FROM orders o WHERE o.user_id = f.user_id AND o.deleted_at IS NULL) AS "at_hand!"
           FROM user_facts f WHERE f.user_id = $1"#,
        id
    )
    .fetch_one(db)
    .await
}

/// What would move besides orders, and what is double.
pub async fn belongings(db: impl PgExecutor<'_>, kept: Uuid, merged: Uuid) -> sqlx::Result<(Counts, Counts)> {
    let rows = sqlx::query!(
        r#"SELECT table_name AS "table_name!", count(*) FILTER (WHERE NOT is_double) AS "moves!", count(*) FILTER (WHERE is_double) AS "doubles!"
           FROM merge_rows($1, $2) GROUP BY table_name"#,
        kept,
        merged
    )
    .fetch_all(db)
    .await?;
    let mut found = (Counts::new(), Counts::new());
    for row in rows {
        found.0.insert(row.table_name.clone(), row.moves);
        found.1.insert(row.table_name, row.doubles);
    }
    Ok(found)
}

/// What of a merge is still where it went, and what came since.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// Rows that go back.
    pub back: Counts,
    /// Rows that are gone: removed by the customer, or in the archive.
    pub gone: Counts,
    /// Orders of the account that stays which came after the merge.
    pub orders: i64,
}

/// Of one merge. `IS NOT DISTINCT FROM` is what no index serves: each order is looked up by its id, never among all that
/// the account has, however few the planner thinks these are.
pub async fn since(db: &PgPool, merge: &Merge) -> sqlx::Result<Since> {
    let rows = sqlx::query!(
        r#"SELECT r.table_name AS "table_name!", count(*) AS "all!", count(*) FILTER (WHERE CASE r.table_name
                      WHEN 'orders' THEN EXISTS (SELECT 1 FROM orders x WHERE x.id = r.row_id AND x.user_id IS NOT DISTINCT FROM $2)
                      WHEN 'reviews' THEN EXISTS (SELECT 1 FROM reviews x WHERE x.id = r.row_id AND x.user_id = $2 AND x.deleted_at IS NULL)
                      WHEN 'review_votes' THEN EXISTS (SELECT 1 FROM review_votes x WHERE x.review_id = r.row_id AND x.user_id = $2)
                      WHEN 'addresses' THEN EXISTS (SELECT 1 FROM addresses x WHERE x.id = r.row_id AND x.user_id = $2 AND x.deleted_at IS NULL)
                      WHEN 'payment_methods' THEN EXISTS (SELECT 1 FROM payment_methods x WHERE x.id = r.row_id AND x.user_id = $2 AND x.deleted_at IS NULL)
                      WHEN 'wishlists' THEN EXISTS (SELECT 1 FROM wishlists x WHERE x.id = r.row_id AND x.user_id = $2)
                      WHEN 'cart_items' THEN EXISTS (SELECT 1 FROM cart_items x WHERE x.id = r.row_id AND x.user_id = $2)
                      ELSE EXISTS (SELECT 1 FROM user_notes x WHERE x.id = r.row_id AND x.user_id = $2) END) AS "there!"
           FROM user_merge_rows r WHERE r.merge_id = $1 GROUP BY r.table_name"#,
        merge.id,
        merge.kept_id
    )
    .fetch_all(db)
    .await?;
    let orders = orders_since(db, merge.id, merge.kept_id, merge.at).await?;
    let mut since = Since { orders, ..Since::default() };
    for row in rows {
        since.gone.insert(row.table_name.clone(), row.all - row.there);
        since.back.insert(row.table_name, row.there);
    }
    Ok(since)
}

/// Orders that the account that stays got after the merge.
pub async fn orders_since(db: impl PgExecutor<'_>, merge: Uuid, kept: Uuid, at: OffsetDateTime) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM orders o
           WHERE o.user_id = $2 AND o.created_at > $3 AND o.deleted_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM user_merge_rows r WHERE r.merge_id = $1 AND r.table_name = 'orders' AND r.row_id = o.id)"#,
        merge,
        kept,
        at
    )
    .fetch_one(db)
    .await
}
