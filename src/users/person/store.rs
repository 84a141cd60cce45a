//! SQL of the page of a person.

use crate::{
    auth::guard::{Ctx, missing},
    error::AppError,
    server::sessions::IDLE,
    users::merge::store::Merge,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::{PgPool, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// The row of the person, and what every part of the page and every form about them needs.
#[derive(Clone, Debug)]
pub struct Head {
    pub id: Uuid,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub email_verified: bool,
    pub phone_number: Option<String>,
    pub date_of_birth: Option<Date>,
    pub role: String,
    pub status: String,
    pub tags: Vec<String>,
    pub suspended_until: Option<OffsetDateTime>,
    pub reset_due: bool,
    pub locked_until: Option<OffsetDateTime>,
    pub has_factor: bool,
    pub last_login_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub deleted_at: Option<OffsetDateTime>,
    /// The account that it was merged into.
    pub merged_into: Option<Uuid>,
    pub version: i32,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub country: Option<String>,
    /// Open sessions.
    pub sessions: i64,
    /// Orders on their way, which keep an account from being deleted.
    pub open_orders: i64,
    /// Fields that the reader revealed here, and still sees.
    pub revealed: Vec<String>,
    /// Notes, pinned ones first.
    pub notes: Json<Vec<Note>>,
    /// Merges that it was part of, newest first.
    pub merges: Json<Vec<Merge>>,
    /// The erasure that waits, is granted or done.
    pub erasure: Option<Json<Erasing>>,
}

/// An erasure of the person.
#[derive(Clone, Debug, Deserialize)]
pub struct Erasing {
    pub id: Uuid,
    pub state: String,
}

/// A note by staff.
#[derive(Clone, Debug, Deserialize)]
pub struct Note {
    pub id: Uuid,
    pub author_id: Uuid,
    pub author: String,
    pub body: String,
    pub pinned: bool,
    /// Deleted within the last day: its author can put it back.
    pub is_deleted: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Head {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// The person of that id.
///
/// # Errors
/// [`AppError::NotFound`] when there is none, and when the database says no.
pub async fn head(ctx: &Ctx, id: Uuid) -> Result<Head, AppError> {
    let now = ctx.state.clock.now();
    let head = sqlx::query_as!(
        Head,
        r#"SELECT u.id, u.first_name, u.last_name, u.email, u.email_verified, u.phone_number, u.date_of_birth, u.role, u.status,
                  u.tags, u.suspended_until, u.reset_due, u.locked_until, u.mfa_enabled AS has_factor, u.last_login_at,
                  u.created_at, u.deleted_at, u.merged_into, u.version, p.language AS "language?", p.time_zone AS "time_zone?",
                  f.country AS "country?",
                  (SELECT count(*) FROM user_sessions s WHERE s.user_id = u.id AND s.revoked_at IS NULL
                   AND s.expires_at > $3 AND s.last_seen_at > $4) AS "sessions!",
                  (SELECT count(*) FROM orders o WHERE o.user_id = u.id AND o.deleted_at IS NULL
                   AND o.status IN ('PENDING', 'PROCESSING', 'CONFIRMED', 'PREPARING', 'SHIPPED')) AS "open_orders!",
                  ARRAY(SELECT r.field FROM reveals r WHERE r.user_id = u.id AND r.order_id IS NULL AND r.actor_id = $2
                        AND r.created_at > now() - interval '10 minutes') AS "revealed!",
                  COALESCE((SELECT jsonb_agg(n.note ORDER BY n.pinned DESC, n.id DESC)
                   FROM (SELECT n.id, n.pinned, jsonb_build_object('id', n.id, 'author_id', n.author_id,
                                'author', a.first_name || ' ' || a.last_name, 'body', n.body, 'pinned', n.pinned,
                                'is_deleted', n.deleted_at IS NOT NULL, 'at', n.created_at) AS note
                         FROM user_notes n JOIN users a ON a.id = n.author_id
                         WHERE n.user_id = u.id AND (n.deleted_at IS NULL OR n.author_id = $2 AND n.deleted_at > $3 - interval '1 day')
                         ORDER BY n.pinned DESC, n.id DESC LIMIT 100) n), '[]') AS "notes!: Json<Vec<Note>>",
                  COALESCE((SELECT jsonb_agg(m.merge ORDER BY m.id DESC)
                   FROM (SELECT m.id, jsonb_build_object('id', m.id, 'kept_id', m.kept_id, 'kept', k.first_name || ' ' || k.last_name,
                                'merged_id', m.merged_id, 'merged', g.first_name || ' ' || g.last_name, 'reason', m.reason, 'moved', m.moved,
                                'by', b.first_name || ' ' || b.last_name, 'at', m.created_at, 'undone_at', m.undone_at,
                                'undone_by', x.first_name || ' ' || x.last_name, 'is_kept_gone', k.deleted_at IS NOT NULL) AS merge
                         FROM user_merges m JOIN users k ON k.id = m.kept_id JOIN users g ON g.id = m.merged_id JOIN users b ON b.id = m.merged_by
                         LEFT JOIN users x ON x.id = m.undone_by
                         WHERE m.kept_id = u.id OR m.merged_id = u.id ORDER BY m.id DESC LIMIT 20) m), '[]') AS "merges!: Json<Vec<Merge>>",
                  (SELECT jsonb_build_object('id', e.id, 'state', e.state) FROM erasures e
                   WHERE e.user_id = COALESCE(u.merged_into, u.id) AND e.state IN ('asked', 'granted', 'done')
                   ORDER BY e.id DESC LIMIT 1) AS "erasure: Json<Erasing>"
           FROM users u
           LEFT JOIN user_preferences p ON p.user_id = u.id
           LEFT JOIN user_facts f ON f.user_id = u.id
           WHERE u.id = $1"#,
        id,
        ctx.me.id,
        now,
        now - IDLE
    )
    .fetch_optional(&ctx.state.db)
    .await?;
    head.ok_or_else(missing)
}

/// What the orders in one currency come to.
#[derive(Clone, Debug)]
pub struct Value {
    pub currency: String,
    pub orders: i64,
    /// Captured less given back.
    pub spent: Decimal,
    /// Orders that arrived.
    pub delivered: i64,
    /// Of those, how many came back, whole or in part.
    pub returned: i64,
    pub last: OffsetDateTime,
}

/// What a person's orders come to, by currency, the most used first.
pub async fn values(db: &PgPool, id: Uuid) -> sqlx::Result<Vec<Value>> {
    sqlx::query_as!(
        Value,
        r#"SELECT o.currency AS "currency!", count(*) AS "orders!", sum(o.paid_total - o.refunded_total) AS "spent!",
                  count(*) FILTER (WHERE o.status IN ('DELIVERED', 'COMPLETED', 'RETURNED')) AS "delivered!",
                  count(*) FILTER (WHERE o.status IN ('DELIVERED', 'COMPLETED', 'RETURNED')
                                   AND EXISTS (SELECT 1 FROM order_returns r WHERE r.order_id = o.id)) AS "returned!",
                  max(o.created_at) AS "last!"
           FROM orders o WHERE o.user_id = $1 AND o.deleted_at IS NULL GROUP BY o.currency ORDER BY 2 DESC, 1"#,
        id
    )
    .fetch_all(db)
    .await
}

/// An order of the person.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub id: Uuid,
    pub order_number: String,
    pub status: String,
    pub currency: String,
    pub grand_total: Decimal,
    pub item_count: i32,
    pub created_at: OffsetDateTime,
}

/// Their orders, newest first, those behind the order `before`.
pub async fn orders(db: &PgPool, id: Uuid, before: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<OrderRow>> {
    sqlx::query_as!(
        OrderRow,
        "SELECT id, order_number, status, currency, grand_total, item_count, created_at FROM orders
         WHERE user_id = $1 AND deleted_at IS NULL
           AND ($2::uuid IS NULL OR (created_at, id) < ((SELECT o.created_at FROM orders o WHERE o.id = $2), $2))
         ORDER BY created_at DESC, id DESC LIMIT $3",
        id,
        before,
        limit
    )
    .fetch_all(db)
    .await
}

/// A payment, or money given back.
#[derive(Clone, Debug)]
pub struct MoneyRow {
    pub order_id: Uuid,
    pub order_number: String,
    pub is_refund: bool,
    pub status: String,
    pub amount: Decimal,
    pub currency: String,
    pub method: String,
    pub brand: Option<String>,
    pub last4: Option<String>,
    pub at: OffsetDateTime,
}

/// Payments and refunds of their last orders, newest first.
pub async fn money(db: &PgPool, id: Uuid, limit: i64) -> sqlx::Result<Vec<MoneyRow>> {
    sqlx::query_as!(
        MoneyRow,
        r#"WITH of_person AS (SELECT o.id, o.order_number FROM orders o WHERE o.user_id = $1 AND o.deleted_at IS NULL
                              ORDER BY o.created_at DESC LIMIT 100)
           SELECT o.id AS "order_id!", o.order_number AS "order_number!", m.is_refund AS "is_refund!", m.status AS "status!",
                  m.amount AS "amount!", m.currency AS "currency!", m.method AS "method!", m.brand, m.last4, m.at AS "at!"
           FROM of_person o
           CROSS JOIN LATERAL (
               SELECT false AS is_refund, p.status, p.amount, p.currency, p.method, p.card_brand AS brand, p.card_last4::text AS last4,
                      p.created_at AS at
               FROM payments p WHERE p.order_id = o.id
               UNION ALL
               SELECT true, r.status, r.amount, r.currency, p.method, p.card_brand, p.card_last4::text, r.created_at
               FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.order_id = o.id) m
           ORDER BY m.at DESC LIMIT $2"#,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// A review of theirs.
#[derive(Clone, Debug)]
pub struct ReviewRow {
    pub product: String,
    pub rating: i16,
    pub title: String,
    pub status: String,
    pub at: OffsetDateTime,
}

/// Their reviews, newest first.
pub async fn reviews(db: &PgPool, id: Uuid, limit: i64) -> sqlx::Result<Vec<ReviewRow>> {
    sqlx::query_as!(
        ReviewRow,
        "SELECT p.name AS product, r.rating, r.title, r.moderator_status AS status, r.created_at AS at
         FROM reviews r JOIN products p ON p.id = r.product_id
         WHERE r.user_id = $1 AND r.deleted_at IS NULL ORDER BY r.created_at DESC LIMIT $2",
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// A product in the cart or on the wish list.
#[derive(Clone, Debug)]
pub struct WantedRow {
    pub product: String,
    pub variant: Option<String>,
    /// Pieces in the cart; nothing: on the wish list.
    pub quantity: Option<i32>,
    pub at: OffsetDateTime,
}

/// What is in their cart and on their wish list, newest first.
pub async fn wanted(db: &PgPool, id: Uuid, limit: i64) -> sqlx::Result<Vec<WantedRow>> {
    sqlx::query_as!(
        WantedRow,
        r#"SELECT p.name AS "product!", v.sku AS "variant?", w.quantity, w.at AS "at!"
           FROM (SELECT c.product_id, c.variant_id, c.quantity, c.created_at AS at FROM cart_items c WHERE c.user_id = $1
                 UNION ALL
                 SELECT l.product_id, NULL, NULL, l.created_at FROM wishlists l WHERE l.user_id = $1) w
           JOIN products p ON p.id = w.product_id
           LEFT JOIN product_variants v ON v.id = w.variant_id
           ORDER BY w.at DESC LIMIT $2"#,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// An address.
#[derive(Clone, Debug)]
pub struct AddressRow {
    pub kind: String,
    pub recipient_name: String,
    pub street: String,
    pub street2: Option<String>,
    pub postal_code: String,
    pub city: String,
    pub region: Option<String>,
    pub country: String,
    pub is_default_shipping: bool,
    pub is_default_billing: bool,
}

/// Their addresses, defaults first.
pub async fn addresses(db: &PgPool, id: Uuid) -> sqlx::Result<Vec<AddressRow>> {
    sqlx::query_as!(
        AddressRow,
        "SELECT kind, recipient_name, street, street2, postal_code, city, region, country, is_default_shipping, is_default_billing
         FROM addresses WHERE user_id = $1 AND deleted_at IS NULL
         ORDER BY is_default_shipping DESC, is_default_billing DESC, created_at DESC LIMIT 50",
        id
    )
    .fetch_all(db)
    .await
}

/// A way to pay; never a whole number of a card.
#[derive(Clone, Debug)]
pub struct MethodRow {
    pub method: String,
    pub brand: Option<String>,
    pub last4: Option<String>,
    pub month: Option<i16>,
    pub year: Option<i16>,
    pub is_default: bool,
}

/// Their ways to pay, the default first.
pub async fn methods(db: &PgPool, id: Uuid) -> sqlx::Result<Vec<MethodRow>> {
    sqlx::query_as!(
        MethodRow,
        "SELECT method, card_brand AS brand, card_last4::text AS last4, card_exp_month AS month, card_exp_year AS year, is_default
         FROM payment_methods WHERE user_id = $1 AND deleted_at IS NULL ORDER BY is_default DESC, created_at DESC LIMIT 50",
        id
    )
    .fetch_all(db)
    .await
}

/// Notes that the reader opened the page of this person; for ten minutes that is one look. Nobody of that id, and one's
/// own page: nothing.
///
/// # Errors
/// When the database says no: who can't be noted isn't shown anything.
pub async fn note_view(ctx: &Ctx, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO user_views (user_id, actor_id, request_id)
         SELECT id, $2, $3 FROM users WHERE id = $1 AND id <> $2
           AND NOT EXISTS (SELECT 1 FROM user_views v WHERE v.user_id = $1 AND v.actor_id = $2 AND v.created_at > now() - interval '10 minutes')",
        id,
        ctx.me.id,
        ctx.request_id
    )
    .execute(&ctx.state.db)
    .await?;
    Ok(())
}

/// Who opened the page of this person.
#[derive(Clone, Debug)]
pub struct ViewRow {
    pub who: String,
    pub role: String,
    pub at: OffsetDateTime,
}

/// The latest, newest first.
pub async fn views(db: &PgPool, id: Uuid, limit: i64) -> sqlx::Result<Vec<ViewRow>> {
    sqlx::query_as!(
        ViewRow,
        r#"SELECT u.first_name || ' ' || u.last_name AS "who!", u.role, v.created_at AS at
           FROM user_views v JOIN users u ON u.id = v.actor_id WHERE v.user_id = $1 ORDER BY v.created_at DESC LIMIT $2"#,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// Who saw a masked value of this person.
#[derive(Clone, Debug)]
pub struct RevealRow {
    pub who: String,
    pub field: String,
    pub reason: String,
    pub order_id: Option<Uuid>,
    pub at: OffsetDateTime,
}

/// The latest, newest first.
pub async fn reveals(db: &PgPool, id: Uuid, limit: i64) -> sqlx::Result<Vec<RevealRow>> {
    sqlx::query_as!(
        RevealRow,
        r#"SELECT u.first_name || ' ' || u.last_name AS "who!", r.field, r.reason, r.order_id, r.created_at AS at
           FROM reveals r JOIN users u ON u.id = r.actor_id WHERE r.user_id = $1 ORDER BY r.created_at DESC LIMIT $2"#,
        id,
        limit
    )
    .fetch_all(db)
    .await
}
