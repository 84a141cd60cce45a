//! SQL of the order page and the start page. Every statement on a partitioned table has the order's id, or a window of ids.

use super::{list::search::Warehouse, model::Status};
use rust_decimal::Decimal;
use sqlx::{PgPool, Postgres, QueryBuilder};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The order itself, with its shipping.
#[derive(Debug)]
pub struct Head {
    pub id: Uuid,
    pub version: i32,
    pub order_number: String,
    pub created_at: OffsetDateTime,
    pub source: String,
    pub status: String,
    pub payment_status: String,
    pub hold_expires_at: Option<OffsetDateTime>,
    pub currency: String,
    pub subtotal: Decimal,
    pub discount_total: Decimal,
    pub shipping_total: Decimal,
    pub tax_total: Decimal,
    pub grand_total: Decimal,
    pub paid_total: Decimal,
    pub refunded_total: Decimal,
    pub customer_name: String,
    pub customer_email: String,
    pub customer_phone: Option<String>,
    pub billing_name: Option<String>,
    pub billing_street: Option<String>,
    pub billing_street2: Option<String>,
    pub billing_postal_code: Option<String>,
    pub billing_city: Option<String>,
    pub billing_country: Option<String>,
    pub method: String,
    pub recipient_name: String,
    pub street: String,
    pub street2: Option<String>,
    pub postal_code: String,
    pub city: String,
    pub country: String,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    pub shipped_at: Option<OffsetDateTime>,
    pub delivered_at: Option<OffsetDateTime>,
    pub tags: Vec<String>,
}

/// The order itself; `None` when there is none, or it was deleted.
///
/// # Errors
/// When the database says no.
pub async fn head(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Head>> {
    sqlx::query_as!(
        Head,
        r#"SELECT o.id, o.version, o.order_number, o.created_at, o.source, o.status, o.payment_status, o.hold_expires_at,
                  o.currency, o.subtotal, o.discount_total, o.shipping_total, o.tax_total, o.grand_total, o.paid_total,
                  o.refunded_total, o.customer_name, o.customer_email, o.customer_phone, o.billing_name,
                  o.billing_street, o.billing_street2, o.billing_postal_code, o.billing_city, o.billing_country,
                  s.method, s.recipient_name, s.street, s.street2, s.postal_code, s.city, s.country, s.carrier,
                  s.tracking_number, s.shipped_at, s.delivered_at, o.tags
           FROM orders o JOIN order_shipping s ON s.order_id = $1
           WHERE o.id = $1 AND o.deleted_at IS NULL"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// A line with where its stock is or was.
#[derive(Debug)]
pub struct LineRow {
    pub id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub variant_name: Option<String>,
    pub quantity: i32,
    pub returned_quantity: i32,
    pub unit_price: Decimal,
    pub line_total: Decimal,
    pub stock: Option<String>,
}

/// The lines of an order.
///
/// # Errors
/// When the database says no.
pub async fn lines(db: &PgPool, id: Uuid) -> sqlx::Result<Vec<LineRow>> {
    sqlx::query_as!(
        LineRow,
        r#"SELECT i.id, i.sku, i.product_name, i.variant_name, i.quantity, i.returned_quantity, i.unit_price, i.line_total,
                  (SELECT string_agg(DISTINCT concat_ws(' ', w.name, v.bin_location), ', ')
                   FROM stock_reservations r
                   JOIN inventory v ON v.id = r.inventory_id
                   JOIN warehouses w ON w.id = v.warehouse_id
                   WHERE r.order_id = $1 AND r.order_item_id = i.id AND r.status <> 'released') AS stock
           FROM order_items i WHERE i.order_id = $1 ORDER BY i.position, i.id"#,
        id
    )
    .fetch_all(db)
    .await
}

/// A payment, a move or a note of an order: what its cards and timeline are made of.
#[derive(Debug)]
pub struct EventRow {
    /// `payment`, `moved` or `noted`.
    pub kind: String,
    pub id: Uuid,
    pub at: OffsetDateTime,
    pub actor: Option<String>,
    pub actor_kind: Option<String>,
    pub from_status: Option<String>,
    pub to_status: Option<String>,
    pub text: Option<String>,
    pub method: Option<String>,
    pub amount: Option<Decimal>,
    pub captured: Option<Decimal>,
    pub reference: Option<String>,
}

/// Payments, moves and notes of an order in one statement, newest first.
///
/// # Errors
/// When the database says no.
pub async fn events(db: &PgPool, id: Uuid) -> sqlx::Result<Vec<EventRow>> {
    sqlx::query_as!(
        EventRow,
        r#"SELECT e.kind AS "kind!", e.id AS "id!", e.at AS "at!", u.first_name || ' ' || u.last_name AS actor, e.actor_kind,
                  e.from_status, e.to_status, e.text, e.method, e.amount, e.captured, e.reference
           FROM (SELECT 'moved' AS kind, h.id, h.created_at AS at, h.actor_id, h.actor_kind, h.from_status, h.to_status,
                        h.reason AS text, NULL AS method, NULL::numeric AS amount, NULL::numeric AS captured, NULL AS reference
                 FROM order_status_history h WHERE h.order_id = $1
                 UNION ALL
                 SELECT 'noted', n.id, n.created_at, n.author_id, 'staff', NULL, NULL, n.body, NULL, NULL, NULL, NULL
                 FROM order_notes n WHERE n.order_id = $1 AND n.deleted_at IS NULL
                 UNION ALL
                 SELECT 'payment', p.id, p.created_at, NULL, NULL, NULL, p.status, p.failure_reason,
                        concat_ws(' ', p.method, p.card_brand, '•••• ' || p.card_last4), p.amount, p.captured_amount, p.reference
                 FROM payments p WHERE p.order_id = $1) e
           LEFT JOIN users u ON u.id = e.actor_id
           ORDER BY e.at DESC, e.id DESC"#,
        id
    )
    .fetch_all(db)
    .await
}

/// The warehouses there are, for searches that name one.
///
/// # Errors
/// When the database says no.
pub async fn warehouses(db: &PgPool) -> sqlx::Result<Vec<Warehouse>> {
    sqlx::query_as!(Warehouse, "SELECT id, code, name FROM warehouses WHERE deleted_at IS NULL ORDER BY name")
        .fetch_all(db)
        .await
}

/// How far back waiting orders are looked for.
const WAITING_WINDOW: Duration = Duration::days(90);

/// Orders that wait in a state, for the start page: state, number (exact up to a thousand, then “more”), and when the
/// oldest was placed.
///
/// # Errors
/// When the database says no.
pub async fn waiting(
    db: &PgPool,
    states: &[Status],
    now: OffsetDateTime,
) -> sqlx::Result<Vec<(String, i64, Option<OffsetDateTime>)>> {
    if states.is_empty() {
        return Ok(Vec::new());
    }
    waiting_statement(states, now).build_query_as().fetch_all(db).await
}

/// The statement of [`waiting`]. Public for the tests that EXPLAIN it.
///
/// The states stand in its text: only so does the planner know which are rare. As a value that comes later it takes
/// each for a tenth of all orders and reads months of them in order of id to find the few.
#[must_use]
pub fn waiting_statement(states: &[Status], now: OffsetDateTime) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT status, count, oldest FROM (");
    for (position, status) in states.iter().map(|status| status.code()).enumerate() {
        if position > 0 {
            sql.push(" UNION ALL ");
        }
        // the time from the id: the index of states then has all that is asked for
        sql.push(format_args!(
            "SELECT {position} AS position, '{status}' AS status, count(*) AS count, \
             uuid_v7_time((array_agg(id ORDER BY id))[1]) AS oldest \
             FROM (SELECT id FROM orders WHERE status = '{status}' AND deleted_at IS NULL AND id >= uuid_v7_floor("
        ));
        sql.push_bind(now - WAITING_WINDOW).push(") ORDER BY id LIMIT 1000) o");
    }
    sql.push(") each ORDER BY position");
    sql
}
