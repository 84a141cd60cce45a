//! SQL of the order pages. Every statement on a partitioned table has the order's id, or a window of ids.

use super::model::{Search, Status};
use crate::paging::Place;
use rust_decimal::Decimal;
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A row of the list as stored.
#[derive(Debug, FromRow)]
pub struct ListRow {
    pub id: Uuid,
    pub order_number: String,
    pub created_at: OffsetDateTime,
    pub customer_name: String,
    pub billing_city: Option<String>,
    pub billing_country: Option<String>,
    pub status: String,
    pub payment_status: String,
    pub item_count: i32,
    pub grand_total: Decimal,
    pub currency: String,
}

/// Newest months that are looked at first; the rest only when the page comes short.
const FIRST_WINDOW: Duration = Duration::days(62);

/// Rows of one page and one more, newest first (oldest first for [`Place::Before`]).
///
/// # Errors
/// When the database says no.
pub async fn list(
    db: &PgPool,
    search: &Search,
    status: Option<Status>,
    place: Place,
    limit: u16,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<ListRow>> {
    if by_number(search) {
        return list_statement(search, status, place, limit, None).build_query_as().fetch_all(db).await;
    }
    let from = match place {
        Place::Start => now,
        Place::After(id) | Place::Before(id) => time_of(id).unwrap_or(now),
    };
    let window = if matches!(place, Place::Before(_)) {
        (from, from + FIRST_WINDOW)
    } else {
        // a day ahead: clocks differ, and the months kept ahead need not be looked at
        (from - FIRST_WINDOW, from + Duration::DAY)
    };
    let rows: Vec<ListRow> =
        list_statement(search, status, place, limit, Some(window)).build_query_as().fetch_all(db).await?;
    if rows.len() > usize::from(limit) {
        return Ok(rows);
    }
    list_statement(search, status, place, limit, None).build_query_as().fetch_all(db).await
}

/// Digits from which on the index over reversed numbers is asked; fewer are found soon by walking the list, while
/// the index would give a tenth or a hundredth of all orders.
const INDEXED_DIGITS: usize = 3;

/// Whether `order_numbers` finds the orders, so that no window of months is needed.
fn by_number(search: &Search) -> bool {
    match search {
        Search::All | Search::Unknown(_) => false,
        Search::Number(_) => true,
        Search::NumberEnd(end) => end.len() >= INDEXED_DIGITS,
    }
}

/// The statement of the list: one text for each set of filters. Public for the tests that EXPLAIN it.
#[must_use]
pub fn list_statement(
    search: &Search,
    status: Option<Status>,
    place: Place,
    limit: u16,
    window: Option<(OffsetDateTime, OffsetDateTime)>,
) -> QueryBuilder<Postgres> {
    const COLUMNS: &str = "id, order_number, created_at, customer_name, billing_city, billing_country, status, \
                           payment_status, item_count, grand_total, currency";
    let by_end = matches!(search, Search::NumberEnd(_)) && by_number(search);
    let back = matches!(place, Place::Before(_));
    let order = if back { " ORDER BY id ASC LIMIT " } else { " ORDER BY id DESC LIMIT " };
    let mut sql = QueryBuilder::new(format!("SELECT {COLUMNS} FROM "));
    match search {
        Search::All | Search::Unknown(_) => {
            sql.push("orders WHERE deleted_at IS NULL");
        }
        Search::Number(number) => {
            sql.push(
                "orders WHERE deleted_at IS NULL AND id = (SELECT order_id FROM order_numbers WHERE order_number = ",
            )
            .push_bind(number.clone())
            .push(")");
        }
        Search::NumberEnd(end) if by_end => {
            let pattern: String = end.chars().rev().collect();
            // OFFSET 0: all that match are sorted. Otherwise the planner may walk the orders by id until it has found a
            // thousand, which are never there.
            sql.push("(SELECT order_id FROM (SELECT order_id FROM order_numbers WHERE reverse(order_number) LIKE ")
                .push_bind(format!("{pattern}%"));
            after(&mut sql, "order_id", place);
            sql.push(" OFFSET 0) m");
            sql.push(if back { " ORDER BY order_id" } else { " ORDER BY order_id DESC" });
            // Its own LIMIT keeps the inner part whole: each id is looked up in its own month. As an array every month
            // would be asked for all of them; as a plain join the planner may walk all orders instead.
            sql.push(format_args!(
                " LIMIT 1000) n CROSS JOIN LATERAL (SELECT {COLUMNS} FROM orders WHERE id = n.order_id AND deleted_at IS NULL"
            ));
        }
        Search::NumberEnd(end) => {
            // digits only: nothing that LIKE would take for a pattern
            sql.push("orders WHERE deleted_at IS NULL AND order_number LIKE ").push_bind(format!("%{end}"));
        }
    }
    if let Some(status) = status {
        sql.push(" AND status = ").push_bind(status.code());
    }
    if by_end {
        sql.push(" LIMIT 1) o");
        sql.push(order.replace(" id ", " n.order_id ")).push_bind(i64::from(limit) + 1);
        return sql;
    }
    after(&mut sql, "id", place);
    if let Some((from, to)) = window {
        sql.push(" AND id >= uuid_v7_floor(").push_bind(from).push(") AND id < uuid_v7_floor(").push_bind(to).push(")");
    }
    sql.push(order).push_bind(i64::from(limit) + 1);
    sql
}

/// What of the list lies beyond the cursor.
fn after(sql: &mut QueryBuilder<Postgres>, column: &str, place: Place) {
    match place {
        Place::Start => {}
        Place::After(id) => {
            sql.push(format_args!(" AND {column} < ")).push_bind(id);
        }
        Place::Before(id) => {
            sql.push(format_args!(" AND {column} > ")).push_bind(id);
        }
    }
}

/// The time in a `UUIDv7`.
fn time_of(id: Uuid) -> Option<OffsetDateTime> {
    let millis = id.as_u128() >> 80;
    OffsetDateTime::from_unix_timestamp_nanos(i128::try_from(millis).ok()?.checked_mul(1_000_000)?).ok()
}

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
                  s.tracking_number, s.shipped_at, s.delivered_at
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_id_is_read_from_its_first_48_bits() {
        let id = Uuid::parse_str("0192f3a4-5b6c-7000-8000-000000000000").unwrap();
        assert_eq!(time_of(id).unwrap().unix_timestamp_nanos() / 1_000_000, 0x0192_f3a4_5b6c);
    }
}
