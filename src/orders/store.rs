//! SQL of the order page and the start page. Every statement on a partitioned table has the order's id, or a window of ids.

use super::{list::search::Warehouse, model::Status};
use crate::server::{
    db::{KEPT_PLANS, reading},
    ids::life_of,
};
use rust_decimal::Decimal;
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
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
    pub shipping_version: i32,
    pub region: Option<String>,
    /// Who takes care of it, for people.
    pub assigned: Option<String>,
    pub assigned_to: Option<Uuid>,
    /// What this person may see for some minutes, for a reason that is recorded.
    pub revealed: Vec<String>,
    /// Whose order it is.
    pub user_id: Uuid,
    /// What colleagues pinned about the customer.
    pub warnings: Vec<String>,
}

/// An order with its lines and what happened to it, as one person sees it; `None` when there is none, or it was deleted.
///
/// # Errors
/// When the database says no.
pub async fn whole(db: &PgPool, id: Uuid, reader: Uuid) -> sqlx::Result<Option<(Head, Vec<LineRow>, Vec<EventRow>)>> {
    let mut kept = reading(db, &[KEPT_PLANS]).await?;
    let Some(head) = heads(&mut kept, &[id], reader).await?.pop() else { return Ok(None) };
    let lines = lines(&mut kept, &[id]).await?;
    let events = events(&mut kept, id, reader).await?;
    kept.commit().await?;
    Ok(Some((head, lines, events)))
}

/// Several orders with the lines of all, as one person sees them, in the order of `ids`, without those that there are not.
///
/// # Errors
/// When the database says no.
pub async fn with_lines(db: &PgPool, ids: &[Uuid], reader: Uuid) -> sqlx::Result<(Vec<Head>, Vec<LineRow>)> {
    let mut kept = reading(db, &[KEPT_PLANS]).await?;
    let both = (heads(&mut kept, ids, reader).await?, lines(&mut kept, ids).await?);
    kept.commit().await?;
    Ok(both)
}

async fn heads(connection: &mut PgConnection, ids: &[Uuid], reader: Uuid) -> sqlx::Result<Vec<Head>> {
    sqlx::query_as!(
        Head,
        r#"SELECT o.id, o.version, o.order_number, o.created_at, o.source, o.status, o.payment_status, o.hold_expires_at,
                  o.currency, o.subtotal, o.discount_total, o.shipping_total, o.tax_total, o.grand_total, o.paid_total,
                  o.refunded_total, o.customer_name, o.customer_email, o.customer_phone, o.billing_name,
                  o.billing_street, o.billing_street2, o.billing_postal_code, o.billing_city, o.billing_country,
                  s.method, s.recipient_name, s.street, s.street2, s.postal_code, s.city, s.country, s.carrier,
                  s.tracking_number, s.shipped_at, s.delivered_at, o.tags, s.version AS shipping_version, s.region,
                  o.assigned_to, (SELECT u.first_name || ' ' || u.last_name FROM users u WHERE u.id = o.assigned_to) AS assigned,
                  ARRAY(SELECT r.field FROM reveals r
                        WHERE r.order_id = o.id AND r.actor_id = $2 AND r.created_at > now() - interval '10 minutes') AS "revealed!", o.user_id,
                  ARRAY(SELECT n.body FROM user_notes n WHERE n.user_id = o.user_id AND n.pinned AND n.deleted_at IS NULL
                        ORDER BY n.id DESC LIMIT 3) AS "warnings!"
           FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, position)
           JOIN orders o ON o.id = asked.id
           JOIN order_shipping s ON s.order_id = asked.id
           WHERE o.deleted_at IS NULL
           ORDER BY asked.position"#,
        ids,
        reader
    )
    .fetch_all(connection)
    .await
}

/// A line with where its stock is or was.
#[derive(Debug)]
pub struct LineRow {
    pub order_id: Uuid,
    pub id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub variant_name: Option<String>,
    pub quantity: i32,
    /// Pieces that left the house.
    pub shipped: i32,
    pub returned_quantity: i32,
    pub unit_price: Decimal,
    pub line_total: Decimal,
    pub tax_rate: Decimal,
    pub stock: Option<String>,
    pub picture: Option<String>,
}

impl LineRow {
    /// Product and variant.
    pub fn name(&self) -> String {
        article_name(&self.product_name, self.variant_name.as_deref())
    }
}

/// Product and variant, as one name.
pub fn article_name(product: &str, variant: Option<&str>) -> String {
    variant.map_or_else(|| product.to_owned(), |variant| format!("{product}, {variant}"))
}

async fn lines(connection: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<LineRow>> {
    sqlx::query_as!(
        LineRow,
        r#"SELECT i.order_id, i.id, i.sku, i.product_name, i.variant_name, i.quantity, i.returned_quantity, i.unit_price, i.line_total, i.tax_rate,
                  COALESCE((SELECT sum(r.quantity) FROM stock_reservations r
                            WHERE r.order_id = asked.id AND r.order_item_id = i.id AND r.status = 'fulfilled'), 0)::int AS "shipped!",
                  (SELECT string_agg(concat_ws(' ', c.pieces,
                              CASE c.status WHEN 'held' THEN 'held in' WHEN 'firm' THEN 'reserved in' ELSE 'sold from' END, c.place),
                              ', ' ORDER BY c.place)
                   FROM (SELECT sum(r.quantity) AS pieces, r.status, concat_ws(' ', w.name, v.bin_location) AS place
                         FROM stock_reservations r
                         JOIN inventory v ON v.id = r.inventory_id
                         JOIN warehouses w ON w.id = v.warehouse_id
                         WHERE r.order_id = asked.id AND r.order_item_id = i.id AND r.status <> 'released'
                         GROUP BY r.status, w.name, v.bin_location) AS c) AS stock,
                  (SELECT p.url FROM product_images p WHERE p.product_id = i.product_id ORDER BY p.position LIMIT 1) AS picture
           FROM unnest($1::uuid[]) AS asked (id)
           JOIN order_items i ON i.order_id = asked.id
           ORDER BY i.order_id, i.position, i.id"#,
        ids
    )
    .fetch_all(connection)
    .await
}

/// Something that happened to an order, or belongs to it: what its cards and timeline are made of.
#[derive(Debug)]
pub struct EventRow {
    pub at: OffsetDateTime,
    pub actor_id: Option<Uuid>,
    pub actor: Option<String>,
    pub actor_kind: Option<String>,
    /// A `timeline::Fact`.
    pub data: serde_json::Value,
}

/// Moves, notes, payments, refunds, stock, changed fields and reveals of an order, and the customer's other orders, in
/// one statement, newest first. `reader` sees notes of their own for a day after they deleted them.
async fn events(connection: &mut PgConnection, id: Uuid, reader: Uuid) -> sqlx::Result<Vec<EventRow>> {
    let (from, until) = life_of(id);
    sqlx::query_as!(
        EventRow,
        r#"SELECT e.at AS "at!", e.actor_id, u.first_name || ' ' || u.last_name AS actor, e.actor_kind, e.data AS "data!"
           FROM (SELECT h.created_at AS at, h.actor_id, h.actor_kind,
                        jsonb_build_object('kind', 'moved', 'from', h.from_status, 'to', h.to_status, 'reason', h.reason) AS data
                 FROM order_status_history h WHERE h.order_id = $1
                 UNION ALL
                 SELECT n.created_at, n.author_id, 'staff',
                        jsonb_build_object('kind', 'noted', 'id', n.id, 'body', n.body, 'version', n.version, 'pinned', n.pinned,
                                           'deleted', n.deleted_at IS NOT NULL, 'edited', n.edited_at IS NOT NULL)
                 FROM order_notes n
                 WHERE n.order_id = $1 AND (n.deleted_at IS NULL OR n.author_id = $2 AND n.deleted_at > now() - interval '1 day')
                 UNION ALL
                 SELECT p.created_at, NULL, NULL,
                        jsonb_build_object('kind', 'paid', 'status', p.status, 'failure', p.failure_reason,
                                           'method', concat_ws(' ', p.method, p.card_brand, '•••• ' || p.card_last4),
                                           'amount', p.amount::text, 'reference', p.reference)
                 FROM payments p WHERE p.order_id = $1
                 UNION ALL
                 SELECT r.created_at, r.requested_by, CASE WHEN r.requested_by IS NULL THEN 'system' ELSE 'staff' END,
                        jsonb_build_object('kind', 'refunded', 'status', r.status, 'amount', r.amount::text, 'reason', r.reason)
                 FROM refunds r WHERE r.order_id = $1
                 UNION ALL
                 SELECT b.created_at, b.created_by, CASE WHEN b.created_by IS NULL THEN 'system' ELSE 'staff' END,
                        jsonb_build_object('kind', 'returned', 'reason', b.reason, 'items',
                            (SELECT jsonb_agg(jsonb_build_array(l.quantity, i.product_name, l.disposition) ORDER BY i.position)
                             FROM order_return_items l JOIN order_items i ON i.order_id = $1 AND i.id = l.order_item_id WHERE l.return_id = b.id))
                 FROM order_returns b WHERE b.order_id = $1
                 UNION ALL
                 SELECT c.created_at, c.created_by, CASE WHEN c.created_by IS NULL THEN 'system' ELSE 'staff' END,
                        jsonb_build_object('kind', 'parcel', 'id', c.id, 'version', c.version, 'carrier', c.carrier, 'number', c.tracking_number, 'items',
                            (SELECT jsonb_agg(jsonb_build_array(l.quantity, i.product_name) ORDER BY i.position)
                             FROM parcel_items l JOIN order_items i ON i.order_id = $1 AND i.id = l.order_item_id WHERE l.parcel_id = c.id))
                 FROM parcels c WHERE c.order_id = $1
                 UNION ALL
                 SELECT x.created_at, x.requested_by, CASE WHEN x.requested_by IS NULL THEN 'system' ELSE 'staff' END,
                        jsonb_build_object('kind', 'mailed', 'recipient', x.recipient, 'sent', x.sent_at IS NOT NULL,
                                           'waits', x.next_try_at IS NOT NULL, 'error', x.last_error)
                 FROM mails x WHERE x.order_id = $1
                 UNION ALL
                 SELECT m.created_at, m.actor_id, CASE WHEN m.actor_id IS NULL THEN 'system' ELSE 'staff' END,
                        jsonb_build_object('kind', 'stock', 'movement', m.movement_type, 'quantity', m.quantity, 'place', w.name,
                                           'sku', (SELECT i.sku FROM order_items i WHERE i.order_id = $1 AND i.id = m.order_item_id))
                 FROM stock_movements m JOIN inventory v ON v.id = m.inventory_id JOIN warehouses w ON w.id = v.warehouse_id
                 WHERE m.order_id = $1 AND m.created_at BETWEEN $3 AND $4
                 UNION ALL
                 SELECT l.occurred_at, l.actor_id, l.actor_kind,
                        jsonb_build_object('kind', 'changed', 'number', l.id, 'changed', l.changed - 'version' - 'updated_at',
                                           'personal', COALESCE(v.personal, '{}'),
                                           'people', (SELECT jsonb_object_agg(p.id, p.first_name || ' ' || p.last_name) FROM users p
                                                      WHERE p.id::text IN (l.changed -> 'assigned_to' ->> 0, l.changed -> 'assigned_to' ->> 1,
                                                                        l.changed -> 'user_id' ->> 0, l.changed -> 'user_id' ->> 1)))
                 FROM audit_log l
                 LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id AND v.occurred_at BETWEEN $3 AND $4
                 WHERE l.table_name IN ('orders', 'order_shipping') AND l.row_id = $1::uuid::text AND l.action = 'UPDATE'
                   AND l.occurred_at BETWEEN $3 AND $4
                   AND l.changed ?| ARRAY['tags', 'assigned_to', 'user_id', 'customer_email', 'customer_phone', 'recipient_name', 'street', 'street2', 'postal_code',
                                          'city', 'region', 'country', 'phone']
                 UNION ALL
                 SELECT s.created_at, s.actor_id, 'staff', jsonb_build_object('kind', 'revealed', 'field', s.field, 'reason', s.reason)
                 FROM reveals s WHERE s.order_id = $1
                 UNION ALL
                 (SELECT x.created_at, NULL, NULL,
                         jsonb_build_object('kind', 'other', 'id', x.id, 'number', x.order_number, 'status', x.status, 'total', x.grand_total::text, 'currency', x.currency)
                  FROM latest_orders((SELECT o.user_id FROM orders o WHERE o.id = $1), 7) x
                  WHERE x.id <> $1
                  ORDER BY x.created_at DESC LIMIT 6)) e
           LEFT JOIN users u ON u.id = e.actor_id
           ORDER BY e.at DESC, e.data ->> 'id' DESC
           LIMIT 600"#,
        id,
        reader,
        from,
        until
    )
    .fetch_all(connection)
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
