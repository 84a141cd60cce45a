//! SQL of the list: one text for each set of filters. Three ways to the rows:
//!
//! - by what an index finds over all months: a number, a SKU, a parcel, a customer;
//! - by walking the newest months in order of id, and the rest only when the page comes short;
//! - the same, within 12 months and 2 seconds, when no index serves the filters.

use super::{
    model::Status,
    search::{Customer, Filter, Number},
};
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

/// What was found, and how far was looked.
#[derive(Debug, Default)]
pub struct Found {
    /// One page and one row more, newest first (oldest first for [`Place::Before`]).
    pub rows: Vec<ListRow>,
    /// Nothing older was looked at.
    pub since: Option<OffsetDateTime>,
    /// More people fit the search than are looked up.
    pub too_many_people: bool,
    /// It took too long and was given up.
    pub gave_up: bool,
}

/// Newest months that are looked at first; the rest only when the page comes short.
const FIRST_WINDOW: Duration = Duration::days(62);
/// How far back is looked when no index serves the filters, and for how long.
const UNSERVED_WINDOW: Duration = Duration::days(366);
const UNSERVED_TIME: &str = "2s";
/// Ids are made before their row: a day's orders have ids of a little earlier (`chk_order_id_time`).
const ID_SLACK: Duration = Duration::HOUR;
/// People whose orders are looked up; with more the list is walked by name, where nearly each row fits.
const MOST_PEOPLE: usize = 200;

type Window = (OffsetDateTime, OffsetDateTime);

/// One page of what fits.
///
/// # Errors
/// When the database says no.
pub async fn list(
    db: &PgPool,
    filter: &Filter,
    tab: Option<Status>,
    place: Place,
    limit: u16,
    now: OffsetDateTime,
) -> sqlx::Result<Found> {
    let mut filter = filter.clone();
    if let Some(customer) = &filter.customer {
        let ids = people(db, customer).await?;
        if ids.len() <= MOST_PEOPLE {
            filter.customer = Some(Customer::Ids(ids));
        } else if !matches!(customer, Customer::Name(_)) {
            return Ok(Found { too_many_people: true, ..Found::default() });
        }
    }
    if matches!(&filter.customer, Some(Customer::Ids(ids)) if ids.is_empty()) {
        return Ok(Found::default());
    }
    let rows = async |window| {
        let mut statement = list_statement(&filter, tab, place, limit, window);
        if is_found_by_index(&filter) || is_served(&filter) {
            return statement.build_query_as::<ListRow>().fetch_all(db).await;
        }
        walk(db, statement).await
    };
    if is_found_by_index(&filter) {
        return Ok(Found { rows: rows(None).await?, ..Found::default() });
    }
    let back = matches!(place, Place::Before(_));
    let start = match place {
        Place::Start => filter.until.map_or(now, |until| until.min(now)),
        Place::After(id) | Place::Before(id) => time_of(id).unwrap_or(now),
    };
    let window = |length: Duration| {
        // a day ahead: clocks differ, and the months kept ahead need not be looked at
        if back { (start, start + length) } else { (start - length, start + Duration::DAY) }
    };
    let first = match rows(Some(window(FIRST_WINDOW))).await {
        Err(error) if is_timeout(&error) => return Ok(Found { gave_up: true, ..Found::default() }),
        rows => rows?,
    };
    let reaches_all = !back && filter.from.is_some_and(|from| from > start - FIRST_WINDOW);
    if first.len() > usize::from(limit) || reaches_all {
        return Ok(Found { rows: first, ..Found::default() });
    }
    if is_served(&filter) {
        return Ok(Found { rows: rows(None).await?, ..Found::default() });
    }
    let window = window(UNSERVED_WINDOW);
    let since = (!back && filter.from.is_none_or(|from| from < window.0)).then_some(window.0);
    match rows(Some(window)).await {
        Ok(rows) => Ok(Found { rows, since, ..Found::default() }),
        Err(error) if is_timeout(&error) => Ok(Found { rows: first, gave_up: true, ..Found::default() }),
        Err(error) => Err(error),
    }
}

/// Walks the list in order of id, and not for long. The planner is told not to sort: it takes parts of names for rarer than
/// they are, and would read whole months to find all of them.
async fn walk(db: &PgPool, mut statement: QueryBuilder<Postgres>) -> sqlx::Result<Vec<ListRow>> {
    let mut transaction = db.begin().await?;
    sqlx::query!(
        "SELECT set_config('statement_timeout', $1, true) AS time, set_config('enable_sort', 'off', true) AS sort",
        UNSERVED_TIME
    )
    .fetch_one(&mut *transaction)
    .await?;
    let rows = statement.build_query_as().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(rows)
}

fn is_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("57014")
}

/// The people that fit, at most one more than are looked up.
async fn people(db: &PgPool, customer: &Customer) -> sqlx::Result<Vec<Uuid>> {
    people_statement(customer).build_query_scalar().fetch_all(db).await
}

/// The statement for the people that fit. Public for the tests that EXPLAIN it.
#[must_use]
pub fn people_statement(customer: &Customer) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT id FROM users WHERE ");
    match customer {
        Customer::Name(words) => {
            for (number, word) in words.iter().enumerate() {
                sql.push(if number > 0 { " AND " } else { "" });
                sql.push("lower(first_name || ' ' || last_name) LIKE ").push_bind(part(word));
            }
        }
        Customer::Email(address) => {
            sql.push("email = ").push_bind(address.clone());
        }
        Customer::EmailPart(text) => {
            sql.push("email LIKE ").push_bind(part(text));
        }
        Customer::Phone(digits) => {
            sql.push("regexp_replace(phone_number, '\\D', '', 'g') LIKE ").push_bind(format!("%{digits}"));
        }
        Customer::Ids(ids) => {
            sql.push("id = ANY (").push_bind(ids.clone()).push(")");
        }
    }
    sql.push(format_args!(" LIMIT {}", MOST_PEOPLE + 1));
    sql
}

/// A pattern for texts that have this one in them.
fn part(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// Digits from which on the index over reversed numbers is asked; fewer are found soon by walking the list, while
/// the index would give a tenth or a hundredth of all orders.
const INDEXED_DIGITS: usize = 3;

/// What gives the ids of the orders, which are then looked up each in its own month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    NumberEnd,
    Tracking,
    Code,
    Sku,
}

/// The index that finds the fewest, if one serves. A whole number needs none: it is one order.
fn source(filter: &Filter) -> Option<Source> {
    match &filter.number {
        Some(Number::Whole(_)) => return None,
        Some(Number::End(end)) if end.len() >= INDEXED_DIGITS => return Some(Source::NumberEnd),
        _ => {}
    }
    let by = |source, wanted: &Option<String>| wanted.as_ref().map(|_| source);
    by(Source::Tracking, &filter.tracking)
        .or_else(|| by(Source::Code, &filter.code))
        .or_else(|| by(Source::Sku, &filter.sku))
}

/// Whether an index finds what fits over all months, so that no window is needed.
fn is_found_by_index(filter: &Filter) -> bool {
    source(filter).is_some()
        || matches!(filter.number, Some(Number::Whole(_)))
        || matches!(filter.customer, Some(Customer::Ids(_)))
}

/// Whether walking by id, or by state and id, meets little that doesn't fit.
fn is_served(filter: &Filter) -> bool {
    let Filter { payment, country, source, total, customer, .. } = filter;
    payment.is_empty() && country.is_none() && source.is_none() && total.is_empty() && customer.is_none()
}

const COLUMNS: &str = "id, order_number, created_at, customer_name, billing_city, billing_country, status, \
                       payment_status, item_count, grand_total, currency";

/// The statement of the list. Public for the tests that EXPLAIN it.
#[must_use]
pub fn list_statement(
    filter: &Filter,
    tab: Option<Status>,
    place: Place,
    limit: u16,
    window: Option<Window>,
) -> QueryBuilder<Postgres> {
    let order = if matches!(place, Place::Before(_)) { "ASC" } else { "DESC" };
    let source = source(filter);
    let mut sql = QueryBuilder::new(format!("SELECT {COLUMNS} FROM "));
    match source {
        Some(source) => push_source(&mut sql, source, filter, place, order),
        None => {
            sql.push("orders WHERE deleted_at IS NULL");
        }
    }
    push_conditions(&mut sql, filter, tab, source);
    if source.is_some() {
        sql.push(format_args!(" LIMIT 1) o ORDER BY n.order_id {order} LIMIT ")).push_bind(i64::from(limit) + 1);
        return sql;
    }
    after(&mut sql, "id", place);
    if let Some((from, to)) = window {
        sql.push(" AND id >= uuid_v7_floor(").push_bind(from).push(") AND id < uuid_v7_floor(").push_bind(to).push(")");
    }
    sql.push(format_args!(" ORDER BY id {order} LIMIT ")).push_bind(i64::from(limit) + 1);
    sql
}

/// `FROM` the ids that an index finds, up to the conditions on the order of each.
fn push_source(sql: &mut QueryBuilder<Postgres>, source: Source, filter: &Filter, place: Place, order: &str) {
    let text = |wanted: &Option<String>| spellings(wanted.as_deref().unwrap_or_default());
    // OFFSET 0: all that match are sorted. Otherwise the planner may walk the orders by id until it has found as many as
    // the LIMIT says, which are never there.
    sql.push("(SELECT order_id FROM (");
    let most = match source {
        Source::NumberEnd => {
            let end = match &filter.number {
                Some(Number::End(end)) => end.as_str(),
                _ => "",
            };
            let pattern: String = end.chars().rev().collect();
            sql.push("SELECT order_id FROM order_numbers WHERE reverse(order_number) LIKE ")
                .push_bind(format!("{pattern}%"));
            after(sql, "order_id", place);
            1_000
        }
        Source::Tracking => {
            push_tracking(sql, text(&filter.tracking), place);
            1_000
        }
        Source::Sku => {
            push_sku(sql, text(&filter.sku), place);
            10_000
        }
        Source::Code => {
            push_sku(sql, text(&filter.code), place);
            sql.push(" UNION ");
            push_tracking(sql, text(&filter.code), place);
            10_000
        }
    };
    // The LIMIT keeps this part whole: each id is looked up in its own month. As an array every month would be asked for
    // all of them; as a plain join the planner may walk all orders instead.
    sql.push(format_args!(
        " OFFSET 0) m ORDER BY order_id {order} LIMIT {most}) n \
         CROSS JOIN LATERAL (SELECT {COLUMNS} FROM orders WHERE id = n.order_id AND deleted_at IS NULL"
    ));
}

fn push_sku(sql: &mut QueryBuilder<Postgres>, sku: Vec<String>, place: Place) {
    sql.push("SELECT DISTINCT order_id FROM order_items WHERE sku = ANY (").push_bind(sku).push(")");
    after(sql, "order_id", place);
}

fn push_tracking(sql: &mut QueryBuilder<Postgres>, tracking: Vec<String>, place: Place) {
    sql.push("SELECT order_id FROM order_shipping WHERE tracking_number = ANY (").push_bind(tracking).push(")");
    after(sql, "order_id", place);
}

/// As typed, and as it is mostly written.
fn spellings(text: &str) -> Vec<String> {
    let upper = text.to_uppercase();
    if upper == text { vec![upper] } else { vec![text.to_owned(), upper] }
}

fn push_conditions(sql: &mut QueryBuilder<Postgres>, filter: &Filter, tab: Option<Status>, source: Option<Source>) {
    match &filter.number {
        Some(Number::Whole(number)) => {
            sql.push(" AND id = (SELECT order_id FROM order_numbers WHERE order_number = ")
                .push_bind(number.clone())
                .push(")");
        }
        Some(Number::End(end)) if source != Some(Source::NumberEnd) => {
            // digits only: nothing that LIKE would take for a pattern
            sql.push(" AND order_number LIKE ").push_bind(format!("%{end}"));
        }
        _ => {}
    }
    if let Some(status) = tab {
        sql.push(" AND status = ").push_bind(status.code());
    }
    match filter.status.as_slice() {
        [] => {}
        [status] => {
            sql.push(" AND status = ").push_bind(status.code());
        }
        several => {
            sql.push(" AND status = ANY (").push_bind(several.iter().map(|s| s.code()).collect::<Vec<_>>()).push(")");
        }
    }
    if !filter.payment.is_empty() {
        let states: Vec<&str> = filter.payment.iter().map(|state| state.code()).collect();
        sql.push(" AND payment_status = ANY (").push_bind(states).push(")");
    }
    if let Some(country) = &filter.country {
        sql.push(" AND billing_country = ").push_bind(country.clone());
    }
    if let Some(source) = &filter.source {
        sql.push(" AND source = ").push_bind(source.clone());
    }
    for (compare, amount) in &filter.total {
        sql.push(format_args!(" AND grand_total {} ", compare.sql())).push_bind(*amount);
    }
    if let Some(from) = filter.from {
        sql.push(" AND created_at >= ").push_bind(from);
        sql.push(" AND id >= uuid_v7_floor(").push_bind(from - ID_SLACK).push(")");
    }
    if let Some(until) = filter.until {
        sql.push(" AND created_at < ").push_bind(until);
        sql.push(" AND id < uuid_v7_floor(").push_bind(until + ID_SLACK).push(")");
    }
    match &filter.customer {
        Some(Customer::Ids(ids)) => {
            sql.push(" AND user_id = ANY (").push_bind(ids.clone()).push(")");
        }
        Some(Customer::Name(words)) => {
            for word in words {
                sql.push(" AND lower(customer_name) LIKE ").push_bind(part(word));
            }
        }
        // who was searched for by contact has been looked up
        Some(_) | None => {}
    }
    let other = |wanted: &Option<String>, own: Source| wanted.as_deref().filter(|_| source != Some(own)).map(spellings);
    if let Some(sku) = other(&filter.sku, Source::Sku) {
        sql.push(" AND EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = orders.id AND i.sku = ANY (")
            .push_bind(sku)
            .push("))");
    }
    if let Some(tracking) = other(&filter.tracking, Source::Tracking) {
        sql.push(
            " AND EXISTS (SELECT 1 FROM order_shipping s WHERE s.order_id = orders.id AND s.tracking_number = ANY (",
        )
        .push_bind(tracking)
        .push("))");
    }
    if let Some(code) = other(&filter.code, Source::Code) {
        sql.push(" AND (EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = orders.id AND i.sku = ANY (")
            .push_bind(code.clone())
            .push(")) OR EXISTS (SELECT 1 FROM order_shipping s WHERE s.order_id = orders.id AND s.tracking_number = ANY (")
            .push_bind(code)
            .push(")))");
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_id_is_read_from_its_first_48_bits() {
        let id = Uuid::parse_str("0192f3a4-5b6c-7000-8000-000000000000").unwrap();
        assert_eq!(time_of(id).unwrap().unix_timestamp_nanos() / 1_000_000, 0x0192_f3a4_5b6c);
    }

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(part("100%_a\\b"), "%100\\%\\_a\\\\b%");
    }
}
