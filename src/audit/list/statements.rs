//! SQL of the list: three trails, each read in the order of time by its own index, put together.

use super::{
    key,
    search::{Filter, Who},
    store::Ask,
};
use crate::paging::{Cursor, Place};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// What of `user_activity` is an export.
const EXPORTS: &str = "('exported', 'downloaded')";
/// What of it is a refusal.
const REFUSALS: &str = "(a.action_type LIKE '%\\_failed' OR a.action_type LIKE '%\\_limited')";

/// The statement of a page. Public for the tests that EXPLAIN it.
#[must_use]
pub fn list_statement(ask: &Ask) -> QueryBuilder<Postgres> {
    rows(ask, Some(i64::from(ask.paging.limit) + 1))
}

/// Everything that fits, in its order, for a file.
#[must_use]
pub fn file_statement(ask: &Ask) -> QueryBuilder<Postgres> {
    rows(ask, None)
}

/// A page's place: its time, its id, and the sign of what lies beyond.
type Beyond = Option<(OffsetDateTime, Uuid, &'static str)>;

fn rows(ask: &Ask, limit: Option<i64>) -> QueryBuilder<Postgres> {
    let (filter, paging) = (&ask.filter, &ask.paging);
    let direction = paging.sort.direction(&paging.place);
    let beyond: Beyond = match &paging.place {
        Place::Start => None,
        Place::After(cursor) | Place::Before(cursor) => {
            Some((time_of(cursor), cursor.id, if direction == "DESC" { "<" } else { ">" }))
        }
    };
    let mut sql = QueryBuilder::new(
        "SELECT e.id, e.at, e.kind, e.action, e.table_name, e.row_id, e.changed, e.actor_kind, e.request_id, e.reason, \
         ARRAY(SELECT c.column_name::text FROM audit_columns c WHERE c.table_name = e.table_name::name AND c.kind = 'personal') AS personal, \
         u.first_name || ' ' || u.last_name AS who FROM (",
    );
    let mut is_first = true;
    for half in [changes, activity, reveals] {
        let mut part = |sql: &mut QueryBuilder<Postgres>| {
            sql.push(if is_first { "(" } else { " UNION ALL (" });
            is_first = false;
        };
        if half(filter, beyond, direction, limit, &mut sql, &mut part) {
            sql.push(")");
        }
    }
    if is_first {
        // no trail has what is asked for
        sql.push("SELECT NULL::uuid AS id, NULL::timestamptz AS at, '' AS kind, '' AS action, '' AS table_name, '' AS row_id, '{}'::jsonb AS changed, NULL::uuid AS actor_id, '' AS actor_kind, NULL::text AS request_id, NULL::text AS reason WHERE false");
    }
    sql.push(format_args!(") e LEFT JOIN users u ON u.id = e.actor_id ORDER BY e.at {direction}, e.id {direction}"));
    if let Some(limit) = limit {
        sql.push(" LIMIT ").push_bind(limit);
    }
    sql
}

/// The time in a cursor that the order of the list has read.
fn time_of(cursor: &Cursor) -> OffsetDateTime {
    let micros: i64 = cursor.key.parse().unwrap_or_default();
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

type Begin<'a> = &'a mut dyn FnMut(&mut QueryBuilder<Postgres>);

/// What was changed.
fn changes(
    filter: &Filter,
    beyond: Beyond,
    direction: &str,
    limit: Option<i64>,
    sql: &mut QueryBuilder<Postgres>,
    begin: Begin<'_>,
) -> bool {
    if filter.kind.is_some_and(|kind| kind != "change") {
        return false;
    }
    begin(sql);
    sql.push(format_args!(
        "SELECT {} AS id, l.occurred_at AS at, 'change' AS kind, lower(l.action) AS action, l.table_name, l.row_id, l.changed, \
         l.actor_id, l.actor_kind, l.request_id, l.reason FROM audit_log l WHERE true",
        key::SQL
    ));
    push_time(sql, "l.occurred_at", filter, beyond);
    if let Some((at, id, sign)) = beyond {
        sql.push(format_args!(" AND (l.occurred_at, l.id) {sign} (")).push_bind(at).push(", ");
        sql.push_bind(key::number_at(at, id)).push(")");
    }
    if !filter.ids.is_empty() {
        let (times, numbers): (Vec<OffsetDateTime>, Vec<i64>) =
            filter.ids.iter().filter_map(|id| key::change(*id)).unzip();
        sql.push(" AND l.occurred_at = ANY (").push_bind(times).push(") AND l.id = ANY (").push_bind(numbers).push(")");
    }
    push_who(sql, "l.actor_id", Some("l.actor_kind"), filter);
    for (column, value) in
        [("l.table_name", &filter.table), ("l.row_id", &filter.row), ("l.request_id", &filter.request)]
    {
        if let Some(value) = value {
            sql.push(format_args!(" AND {column} = ")).push_bind(value.clone());
        }
    }
    if let Some(action) = &filter.action {
        sql.push(" AND l.action = ").push_bind(action.to_ascii_uppercase());
    }
    if let Some(field) = &filter.field {
        sql.push(" AND l.changed ? ").push_bind(field.clone());
    }
    push_end(sql, ("l.occurred_at", "l.id"), direction, limit);
    true
}

/// Who signed in, took files, and what was refused.
fn activity(
    filter: &Filter,
    beyond: Beyond,
    direction: &str,
    limit: Option<i64>,
    sql: &mut QueryBuilder<Postgres>,
    begin: Begin<'_>,
) -> bool {
    let no_table = filter.table.as_deref().is_some_and(|table| table != "user_activity");
    if no_table || filter.field.is_some() || filter.row.is_some() || matches!(filter.kind, Some("change" | "reveal")) {
        return false;
    }
    begin(sql);
    sql.push(format_args!(
        "SELECT a.id, a.\"timestamp\" AS at, CASE WHEN a.action_type IN {EXPORTS} THEN 'export' WHEN {REFUSALS} THEN 'refusal' \
         ELSE 'sign_in' END AS kind, a.action_type AS action, 'user_activity' AS table_name, a.id::text AS row_id, '{{}}'::jsonb AS changed, \
         a.user_id AS actor_id, 'staff' AS actor_kind, a.details ->> 'request' AS request_id, \
         NULLIF(concat_ws(' ', a.details ->> 'list', a.details ->> 'name', a.details ->> 'format', a.details ->> 'query', host(a.ip)), '') AS reason \
         FROM user_activity a WHERE true"
    ));
    push_time(sql, "a.\"timestamp\"", filter, beyond);
    if let Some((at, id, sign)) = beyond {
        sql.push(format_args!(" AND (a.\"timestamp\", a.id) {sign} ("))
            .push_bind(at)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    if !filter.ids.is_empty() {
        sql.push(" AND a.id = ANY (").push_bind(filter.ids.clone()).push(")");
    }
    push_who(sql, "a.user_id", None, filter);
    match filter.kind {
        Some("export") => {
            sql.push(format_args!(" AND a.action_type IN {EXPORTS}"));
        }
        Some("refusal") => {
            sql.push(format_args!(" AND {REFUSALS}"));
        }
        Some(_) => {
            sql.push(format_args!(" AND a.action_type NOT IN {EXPORTS} AND NOT {REFUSALS}"));
        }
        None => {}
    }
    if let Some(action) = &filter.action {
        sql.push(" AND a.action_type = ").push_bind(action.clone());
    }
    if let Some(request) = &filter.request {
        // the second condition is that of the index
        sql.push(" AND a.details ->> 'request' = ").push_bind(request.clone()).push(" AND a.details ? 'request'");
    }
    push_end(sql, ("a.\"timestamp\"", "a.id"), direction, limit);
    true
}

/// Who saw which masked value.
fn reveals(
    filter: &Filter,
    beyond: Beyond,
    direction: &str,
    limit: Option<i64>,
    sql: &mut QueryBuilder<Postgres>,
    begin: Begin<'_>,
) -> bool {
    let elsewhere = filter.table.as_deref().is_some_and(|table| !matches!(table, "orders" | "users"));
    let other = filter.action.as_deref().is_some_and(|action| action != "reveal");
    if elsewhere || other || filter.kind.is_some_and(|kind| kind != "reveal") {
        return false;
    }
    const TABLE: &str = "CASE WHEN r.order_id IS NULL THEN 'users' ELSE 'orders' END";
    begin(sql);
    sql.push(format_args!(
        "SELECT r.id, r.created_at AS at, 'reveal' AS kind, 'reveal' AS action, {TABLE} AS table_name, \
         COALESCE(r.order_id, r.user_id)::text AS row_id, jsonb_build_object(r.field, 'secret') AS changed, r.actor_id, 'staff' AS actor_kind, \
         r.request_id, r.reason FROM reveals r WHERE true"
    ));
    push_time(sql, "r.created_at", filter, beyond);
    if let Some((at, id, sign)) = beyond {
        sql.push(format_args!(" AND (r.created_at, r.id) {sign} (")).push_bind(at).push(", ").push_bind(id).push(")");
    }
    if !filter.ids.is_empty() {
        sql.push(" AND r.id = ANY (").push_bind(filter.ids.clone()).push(")");
    }
    push_who(sql, "r.actor_id", None, filter);
    if let Some(table) = &filter.table {
        sql.push(format_args!(" AND {TABLE} = ")).push_bind(table.clone());
    }
    if let Some(row) = &filter.row {
        let id = row.parse::<Uuid>().unwrap_or_default();
        sql.push(" AND (r.order_id = ").push_bind(id).push(" OR r.user_id = ").push_bind(id).push(")");
    }
    if let Some(field) = &filter.field {
        sql.push(" AND r.field = ").push_bind(field.clone());
    }
    if let Some(request) = &filter.request {
        sql.push(" AND r.request_id = ").push_bind(request.clone());
    }
    push_end(sql, ("r.created_at", "r.id"), direction, limit);
    true
}

fn push_time(sql: &mut QueryBuilder<Postgres>, column: &str, filter: &Filter, beyond: Beyond) {
    if let Some(from) = filter.from {
        sql.push(format_args!(" AND {column} >= ")).push_bind(from);
    }
    if let Some(until) = filter.until {
        sql.push(format_args!(" AND {column} < ")).push_bind(until);
    }
    if let Some((at, _, sign)) = beyond {
        // a pair of columns rules out no month
        sql.push(format_args!(" AND {column} {sign}= ")).push_bind(at);
    }
}

fn push_who(sql: &mut QueryBuilder<Postgres>, column: &str, kind: Option<&str>, filter: &Filter) {
    match (&filter.who, kind) {
        (Some(Who::Ids(ids)), _) => {
            sql.push(format_args!(" AND {column} = ANY (")).push_bind(ids.clone()).push(")");
        }
        (Some(Who::Kind(word)), Some(kind)) => {
            sql.push(format_args!(" AND {kind} = ")).push_bind(*word);
        }
        // the others have people only; a name is looked up before
        (Some(Who::Kind(_) | Who::Named(_)), _) => {
            sql.push(" AND false");
        }
        (None, _) => {}
    }
}

fn push_end(sql: &mut QueryBuilder<Postgres>, (at, id): (&str, &str), direction: &str, limit: Option<i64>) {
    if let Some(limit) = limit {
        sql.push(format_args!(" ORDER BY {at} {direction}, {id} {direction} LIMIT ")).push_bind(limit);
    }
}
