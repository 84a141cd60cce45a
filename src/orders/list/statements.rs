//! SQL of the list: one text for each set of filters, order and page.

use super::{
    number::Number,
    search::Filter,
    served::{Source, is_of_few_people, is_open_only, source},
    sort::Sort,
    store::{Ask, Window},
};
use crate::{
    list::{listing::Paging, words::Compare},
    orders::model::Status,
    paging::{Cursor, Place},
    users::find::{Who, part},
};
use sqlx::{Postgres, QueryBuilder};
use time::Duration;

/// Ids are made before their row: a day's orders have ids of a little earlier (`chk_order_id_time`).
const ID_SLACK: Duration = Duration::HOUR;

/// The statement of suggestions: numbers of orders that end so, newest first. Public for the tests that EXPLAIN it.
#[must_use]
pub fn suggestion_statement(end: &str, most: usize) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT order_number FROM order_numbers WHERE reverse(order_number) LIKE reverse(");
    sql.push_bind(end.to_owned()).push(format_args!(") || '%' LIMIT {most}"));
    sql
}

const OWN: &str = "id, order_number, created_at, updated_at, status_changed_at, customer_name, customer_email, \
                   billing_city, billing_country, status, payment_status, item_count, grand_total, paid_total, \
                   refunded_total, currency, source, tags";

/// What a row is read from. The parcel is looked up by the order's id, row by row: two partitioned tables are never joined.
pub(super) fn columns(with_parcel: bool) -> String {
    if with_parcel {
        format!(
            "{OWN}, (SELECT s.carrier FROM order_shipping s WHERE s.order_id = orders.id) AS carrier, \
             (SELECT s.tracking_number FROM order_shipping s WHERE s.order_id = orders.id) AS tracking_number"
        )
    } else {
        format!("{OWN}, NULL AS carrier, NULL AS tracking_number")
    }
}

/// The statement of a page. Public for the tests that EXPLAIN it.
#[must_use]
pub fn list_statement(ask: &Ask, window: Option<Window>) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("");
    push_list(&mut sql, ask, window, &columns(ask.with_parcel));
    sql
}

/// Everything that fits, in its order, for a file: no page, no window.
#[must_use]
pub fn file_statement(ask: &Ask) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("");
    push_rows(&mut sql, ask, None, &columns(ask.with_parcel));
    sql
}

/// What a bulk act needs to know of all that fit, in their order, at most `most`. Public for the tests that EXPLAIN it.
#[must_use]
pub fn bulk_statement(ask: &Ask, most: usize) -> QueryBuilder<Postgres> {
    let columns = "id, order_number, status, grand_total, paid_total, refunded_total, currency, tags, assigned_to";
    let mut sql = QueryBuilder::new("");
    push_rows(&mut sql, ask, None, columns);
    sql.push(format_args!(" LIMIT {most}"));
    sql
}

/// The statement that counts, at most one more than `most`. Public for the tests that EXPLAIN it.
#[must_use]
pub fn count_statement(
    filter: &Filter,
    tab: Option<Status>,
    window: Option<Window>,
    most: i64,
) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (");
    if let Some(source) = source(filter) {
        push_source(&mut sql, source, filter, None, "id");
        push_conditions(&mut sql, filter, tab, Some(source));
        sql.push(" LIMIT 1) o");
    } else {
        sql.push("SELECT 1 FROM orders WHERE deleted_at IS NULL");
        push_conditions(&mut sql, filter, tab, None);
        push_window(&mut sql, window);
    }
    sql.push(format_args!(" LIMIT {}) fit", most + 1));
    sql
}

/// The statement that says which of the filter's own ids fit it, between the first and the last of them in time. Public
/// for the tests that EXPLAIN it.
#[must_use]
pub fn fitting_statement(filter: &Filter, tab: Option<Status>) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT id FROM orders WHERE deleted_at IS NULL");
    // so that only their own months are asked
    if let (Some(first), Some(last)) = (filter.ids.iter().min(), filter.ids.iter().max()) {
        sql.push(" AND id >= ").push_bind(*first).push(" AND id <= ").push_bind(*last);
    }
    push_conditions(&mut sql, filter, tab, None);
    sql
}

/// The ids of the orders beside one in its list: `previous` and `next`.
#[must_use]
pub fn beside_statement(ask: &Ask, here: &Cursor, window: Option<Window>) -> QueryBuilder<Postgres> {
    let beside =
        |place| Ask { paging: Paging { sort: ask.paging.sort, place, limit: 0 }, with_parcel: false, ..ask.clone() };
    let mut sql = QueryBuilder::new("SELECT (");
    push_list(&mut sql, &beside(Place::Before(here.clone())), window, "id");
    sql.push(") AS previous, (");
    push_list(&mut sql, &beside(Place::After(here.clone())), window, "id");
    sql.push(") AS next");
    sql
}

fn push_list(sql: &mut QueryBuilder<Postgres>, ask: &Ask, window: Option<Window>, columns: &str) {
    push_rows(sql, ask, window, columns);
    // no value: a plan that is kept is made for as many
    sql.push(format_args!(" LIMIT {}", ask.paging.limit + 1));
}

fn push_rows(sql: &mut QueryBuilder<Postgres>, ask: &Ask, window: Option<Window>, columns: &str) {
    let Ask { filter, tab, paging: Paging { sort, place, .. }, .. } = ask;
    let order = sort.order(place, is_open_only(filter, *tab));
    let (source, few_people) = (source(filter), is_of_few_people(filter));
    if let Some(source) = source {
        push_source(sql, source, filter, Some((*sort, place)), columns);
    } else if few_people {
        // with all that a page, a file or an act is made of
        sql.push(format_args!("SELECT {columns} FROM (SELECT {OWN}, assigned_to FROM orders WHERE deleted_at IS NULL"));
    } else {
        sql.push(format_args!("SELECT {columns} FROM orders WHERE deleted_at IS NULL"));
    }
    push_conditions(sql, filter, *tab, source);
    if source.is_some() {
        if sort.is_by_id() {
            // they are found in this order already, so that no more of them are looked up than a page has
            sql.push(format_args!(" LIMIT 1) o ORDER BY n.order_id {}", sort.direction(place)));
        } else {
            sort.push_beyond(sql, place);
            sql.push(format_args!(" LIMIT 1) o ORDER BY {order}"));
        }
        return;
    }
    sort.push_beyond(sql, place);
    push_window(sql, window);
    if few_people {
        // all of theirs are sorted: the planner may walk all orders in the list's order instead
        sql.push(" OFFSET 0) orders");
    }
    sql.push(format_args!(" ORDER BY {order}"));
}

fn push_window(sql: &mut QueryBuilder<Postgres>, window: Option<Window>) {
    if let Some((from, to)) = window {
        sql.push(" AND id >= uuid_v7_floor(").push_bind(from).push(") AND id < uuid_v7_floor(").push_bind(to).push(")");
    }
}

/// `FROM` the ids that an index finds, up to the conditions on the order of each. `place` is that of a list; without one
/// all are counted.
fn push_source(
    sql: &mut QueryBuilder<Postgres>,
    source: Source,
    filter: &Filter,
    place: Option<(Sort, &Place)>,
    columns: &str,
) {
    let text = |wanted: &Option<String>| spellings(wanted.as_deref().unwrap_or_default());
    // ids beyond the cursor only, where they are the list's order
    let place = place.filter(|(sort, _)| sort.is_by_id());
    let after = |sql: &mut QueryBuilder<Postgres>| {
        if let Some((sort, place)) = place {
            sort.push_beyond_id(sql, "order_id", place);
        }
    };
    let direction = place.map_or("DESC", |(sort, place)| sort.direction(place));
    // OFFSET 0: all that match are sorted. Otherwise the planner may walk the orders by id until it has found as many as
    // the LIMIT says, which are never there.
    sql.push(format_args!("SELECT {} FROM (SELECT order_id FROM (", if columns == "id" { "o.id" } else { "o.*" }));
    let most = match source {
        Source::NumberEnd => {
            let end = match &filter.number {
                Some(Number::End(end)) => end.as_str(),
                _ => "",
            };
            // bounds, not LIKE: a plan for any values has no use of an index for a pattern that it doesn't know
            let from: String = end.chars().rev().collect();
            // in an order number `-` and digits can come next, and the colon is behind them
            let until = format!("{from}:");
            sql.push("SELECT order_id FROM order_numbers WHERE reverse(order_number) ~>=~ ")
                .push_bind(from)
                .push(" AND reverse(order_number) ~<~ ")
                .push_bind(until);
            after(sql);
            1_000
        }
        Source::Tracking => {
            push_tracking(sql, text(&filter.tracking));
            after(sql);
            1_000
        }
        Source::Sku => {
            push_sku(sql, text(&filter.sku));
            after(sql);
            10_000
        }
        Source::Code => {
            push_sku(sql, text(&filter.code));
            after(sql);
            sql.push(" UNION ");
            push_tracking(sql, text(&filter.code));
            after(sql);
            10_000
        }
    };
    // The LIMIT keeps this part whole: each id is looked up in its own month. As an array every month would be asked for
    // all of them; as a plain join the planner may walk all orders instead.
    sql.push(format_args!(
        " OFFSET 0) m ORDER BY order_id {direction} LIMIT {most}) n \
         CROSS JOIN LATERAL (SELECT {columns} FROM orders WHERE id = n.order_id AND deleted_at IS NULL"
    ));
}

fn push_sku(sql: &mut QueryBuilder<Postgres>, sku: Vec<String>) {
    sql.push("SELECT DISTINCT order_id FROM order_items WHERE sku = ANY (").push_bind(sku).push(")");
}

fn push_tracking(sql: &mut QueryBuilder<Postgres>, tracking: Vec<String>) {
    // orders shipped before there were parcels have their number in order_shipping only
    sql.push("SELECT order_id FROM (SELECT order_id FROM order_shipping WHERE tracking_number = ANY (")
        .push_bind(tracking.clone())
        .push(") UNION SELECT order_id FROM parcels WHERE tracking_number = ANY (")
        .push_bind(tracking)
        .push(")) t WHERE true");
}

/// As typed, and as it is mostly written.
fn spellings(text: &str) -> Vec<String> {
    let upper = text.to_uppercase();
    if upper == text { vec![upper] } else { vec![text.to_owned(), upper] }
}

fn push_conditions(sql: &mut QueryBuilder<Postgres>, filter: &Filter, tab: Option<Status>, source: Option<Source>) {
    if !filter.ids.is_empty() {
        sql.push(" AND id = ANY (").push_bind(filter.ids.clone()).push(")");
    }
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
    if !filter.country.is_empty() {
        sql.push(" AND billing_country = ANY (").push_bind(filter.country.clone()).push(")");
    }
    if let Some(source) = &filter.source {
        sql.push(" AND source = ").push_bind(source.clone());
    }
    for (compare, amount) in &filter.total {
        sql.push(format_args!(" AND grand_total {} ", compare.sql())).push_bind(*amount);
    }
    match filter.assigned.as_deref() {
        None => {}
        Some([]) => {
            sql.push(" AND assigned_to IS NULL");
        }
        Some([one]) => {
            sql.push(" AND assigned_to = ").push_bind(*one);
        }
        Some(several) => {
            sql.push(" AND assigned_to = ANY (").push_bind(several.to_vec()).push(")");
        }
    }
    for (compare, length) in &filter.age {
        // older is earlier
        let sign = if matches!(compare, Compare::Under | Compare::UpTo) { ">" } else { "<" };
        sql.push(format_args!(" AND status_changed_at {sign} now() - ")).push_bind(*length);
    }
    if !filter.tags.is_empty() {
        // the second condition is that of the index
        sql.push(" AND tags @> ").push_bind(filter.tags.clone()).push(" AND tags <> '{}'");
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
        Some(Who::Ids(ids)) => {
            sql.push(" AND user_id = ANY (").push_bind(ids.clone()).push(")");
        }
        Some(Who::Name(words)) => {
            for word in words {
                sql.push(" AND lower(customer_name) LIKE ").push_bind(part(word));
            }
        }
        // who was searched for by contact has been looked up
        Some(_) | None => {}
    }
    if !filter.warehouse.is_empty() {
        sql.push(
            " AND EXISTS (SELECT 1 FROM stock_reservations r JOIN inventory v ON v.id = r.inventory_id \
             WHERE r.order_id = orders.id AND r.status <> 'released' AND v.warehouse_id = ANY (",
        )
        .push_bind(filter.warehouse.clone())
        .push("))");
    }
    if let Some(carrier) = &filter.carrier {
        sql.push(" AND EXISTS (SELECT 1 FROM order_shipping s WHERE s.order_id = orders.id AND s.carrier = ")
            .push_bind(carrier.clone())
            .push(")");
    }
    let other = |wanted: &Option<String>, own: Source| wanted.as_deref().filter(|_| source != Some(own)).map(spellings);
    if let Some(sku) = other(&filter.sku, Source::Sku) {
        sql.push(" AND ");
        push_has_line(sql, sku);
    }
    if let Some(tracking) = other(&filter.tracking, Source::Tracking) {
        sql.push(" AND ");
        push_has_parcel(sql, tracking);
    }
    if let Some(code) = other(&filter.code, Source::Code) {
        sql.push(" AND (");
        push_has_line(sql, code.clone());
        sql.push(" OR ");
        push_has_parcel(sql, code);
        sql.push(")");
    }
}

fn push_has_line(sql: &mut QueryBuilder<Postgres>, sku: Vec<String>) {
    sql.push("EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = orders.id AND i.sku = ANY (")
        .push_bind(sku)
        .push("))");
}

fn push_has_parcel(sql: &mut QueryBuilder<Postgres>, tracking: Vec<String>) {
    sql.push("(EXISTS (SELECT 1 FROM order_shipping s WHERE s.order_id = orders.id AND s.tracking_number = ANY (")
        .push_bind(tracking.clone())
        .push(")) OR EXISTS (SELECT 1 FROM parcels p WHERE p.order_id = orders.id AND p.tracking_number = ANY (")
        .push_bind(tracking)
        .push(")))");
}
