//! SQL of the list: one text for each set of filters, order and page.

use super::{search::Filter, store::Ask};
use crate::{
    auth::model::Role,
    list::listing::Paging,
    users::{find::Who, model::Status},
};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

const COLUMNS: &str = "u.id, u.first_name || ' ' || u.last_name AS name, u.email, u.phone_number, u.role, u.status, \
                       u.email_verified, u.locked_until, u.last_login_at, u.created_at, u.tags, \
                       f.orders, f.spent_minor, f.currency, f.country";

/// Whether the planner takes what is asked for as rarer than it is, and would look for all of it to sort it: parts of names
/// and contacts that so many have that they weren't looked up before.
pub(super) fn is_misjudged(filter: &Filter) -> bool {
    filter.who.as_ref().is_some_and(|who| !matches!(who, Who::Ids(_)))
}

/// Whether walking in the list's order meets little that doesn't fit, whatever that order is.
pub(super) fn is_served(filter: &Filter) -> bool {
    *filter == Filter { staff: filter.staff, ids: filter.ids.clone(), ..Filter::default() }
        || matches!(&filter.who, Some(Who::Ids(_)))
}

/// The statement of a page. Public for the tests that EXPLAIN it.
#[must_use]
pub fn list_statement(ask: &Ask) -> QueryBuilder<Postgres> {
    let mut sql = rows(ask, COLUMNS);
    sql.push(" LIMIT ").push_bind(i64::from(ask.paging.limit) + 1);
    sql
}

/// Everything that fits, in its order, for a file.
#[must_use]
pub fn file_statement(ask: &Ask) -> QueryBuilder<Postgres> {
    rows(ask, COLUMNS)
}

/// What a bulk act needs to know of all that fit, in their order, at most `most`.
#[must_use]
pub fn bulk_statement(ask: &Ask, most: usize) -> QueryBuilder<Postgres> {
    let mut sql = rows(ask, "u.id, u.first_name || ' ' || u.last_name AS name, u.role, u.status, u.tags");
    sql.push(format_args!(" LIMIT {most}"));
    sql
}

/// The statement that counts, at most one more than `most`. Public for the tests that EXPLAIN it.
#[must_use]
pub fn count_statement(filter: &Filter, tab: Option<Status>, now: OffsetDateTime, most: i64) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM users u");
    if !filter.orders.is_empty() || !filter.spent.is_empty() || !filter.country.is_empty() {
        sql.push(" JOIN user_facts f ON f.user_id = u.id");
    }
    push_conditions(&mut sql, filter, tab, now);
    sql.push(format_args!(" LIMIT {}) fit", most + 1));
    sql
}

fn rows(ask: &Ask, columns: &str) -> QueryBuilder<Postgres> {
    let Ask { filter, tab, paging: Paging { sort, place, .. }, now } = ask;
    let mut sql = QueryBuilder::new(format!("SELECT {columns} FROM users u JOIN user_facts f ON f.user_id = u.id"));
    push_conditions(&mut sql, filter, *tab, *now);
    sort.push_beyond(&mut sql, place);
    sql.push(format_args!(" ORDER BY {}", sort.order(place, false)));
    sql
}

fn push_conditions(sql: &mut QueryBuilder<Postgres>, filter: &Filter, tab: Option<Status>, now: OffsetDateTime) {
    push_status(sql, &filter.status, tab);
    if !filter.ids.is_empty() {
        sql.push(" AND u.id = ANY (").push_bind(filter.ids.clone()).push(")");
    }
    if !filter.staff {
        sql.push(" AND u.role = 'customer'");
    }
    if !filter.role.is_empty() {
        let roles: Vec<&str> = filter.role.iter().map(|role| role.code()).collect();
        sql.push(" AND u.role = ANY (").push_bind(roles).push(")");
        if !filter.role.contains(&Role::Customer) {
            // the condition of the index
            sql.push(" AND u.role <> 'customer'");
        }
    }
    if let Some(verified) = filter.verified {
        sql.push(if verified { " AND u.email_verified" } else { " AND NOT u.email_verified" });
    }
    match filter.locked {
        Some(true) => {
            sql.push(" AND u.locked_until > ").push_bind(now);
        }
        Some(false) => {
            sql.push(" AND (u.locked_until IS NULL OR u.locked_until <= ").push_bind(now).push(")");
        }
        None => {}
    }
    for (compare, orders) in &filter.orders {
        sql.push(format_args!(" AND f.orders {} ", compare.sql())).push_bind(*orders);
    }
    for (compare, amount) in &filter.spent {
        sql.push(format_args!(" AND f.spent_minor {} ", compare.sql())).push_bind(*amount);
    }
    if !filter.country.is_empty() {
        // the column is char(2): compared as text it would have no index
        sql.push(" AND f.country = ANY (").push_bind(filter.country.clone()).push("::bpchar[])");
    }
    if let Some(from) = filter.from {
        sql.push(" AND u.created_at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        sql.push(" AND u.created_at < ").push_bind(until);
    }
    // as the index has it
    const SEEN: &str = "COALESCE(u.last_login_at, '-infinity'::timestamptz)";
    if let Some(from) = filter.seen_from {
        sql.push(format_args!(" AND {SEEN} >= ")).push_bind(from);
    }
    if let Some(until) = filter.seen_until {
        sql.push(format_args!(" AND {SEEN} > '-infinity' AND {SEEN} < ")).push_bind(until);
    }
    if filter.never_seen {
        sql.push(format_args!(" AND {SEEN} = '-infinity'"));
    }
    if !filter.tags.is_empty() {
        // the second condition is that of the index
        sql.push(" AND u.tags @> ").push_bind(filter.tags.clone()).push(" AND u.tags <> '{}'");
    }
    if let Some(who) = &filter.who {
        sql.push(" AND ");
        who.push(sql, "u");
    }
}

/// Deleted accounts are there for those who ask for them only.
fn push_status(sql: &mut QueryBuilder<Postgres>, wanted: &[Status], tab: Option<Status>) {
    let mut states = wanted.iter().copied().chain(tab);
    let is_asked = states.any(|status| status == Status::Deleted);
    sql.push(if is_asked { " WHERE true" } else { " WHERE u.deleted_at IS NULL" });
    if let Some(status) = tab {
        sql.push(" AND u.status = ").push_bind(status.code());
    }
    match wanted {
        [] => {}
        [status] => {
            sql.push(" AND u.status = ").push_bind(status.code());
        }
        several => {
            sql.push(" AND u.status = ANY (").push_bind(several.iter().map(|s| s.code()).collect::<Vec<_>>()).push(")");
        }
    }
}
