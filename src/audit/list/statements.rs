//! SQL of the list: three trails, each read in the order of time by its own index, put together.

use super::{
    key,
    search::{Filter, Who},
    store::Ask,
};
use crate::paging::{Cursor, Place};
use sqlx::{Encode, Postgres, QueryBuilder, Type};
use time::OffsetDateTime;
use uuid::Uuid;

/// What an entry of `user_activity a` is.
pub const ACTIVITY_KIND: &str = "CASE WHEN a.action_type IN ('exported', 'downloaded') THEN 'export' \
    WHEN a.action_type LIKE '%\\_failed' OR a.action_type LIKE '%\\_limited' OR a.action_type = 'permission_refused' THEN 'refusal' ELSE 'sign_in' END";
/// What is said of it, in values to be put together.
pub const ACTIVITY_WORDS: &str =
    "a.details ->> 'list', a.details ->> 'name', a.details ->> 'path', a.details ->> 'format', a.details ->> 'query'";
/// The table of whose row `reveals r` tells.
pub const REVEALED_TABLE: &str = "CASE WHEN r.order_id IS NULL THEN 'users' ELSE 'orders' END";
/// That row.
pub const REVEALED_ROW: &str = "COALESCE(r.order_id, r.user_id)::text";

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

/// What all trails are asked for alike.
struct Part<'a> {
    filter: &'a Filter,
    beyond: Beyond,
    direction: &'a str,
    limit: Option<i64>,
}

type Push = fn(&Part<'_>, &mut QueryBuilder<Postgres>);

fn rows(ask: &Ask, limit: Option<i64>) -> QueryBuilder<Postgres> {
    let (filter, paging) = (&ask.filter, &ask.paging);
    let direction = paging.sort.direction(&paging.place);
    let beyond: Beyond = match &paging.place {
        Place::Start => None,
        Place::After(cursor) | Place::Before(cursor) => {
            Some((time_of(cursor), cursor.id, if direction == "DESC" { "<" } else { ">" }))
        }
    };
    let part = Part { filter, beyond, direction, limit };
    let mut sql = QueryBuilder::new(
        "SELECT e.id, e.at, e.kind, e.action, e.table_name, e.row_id, e.changed, e.actor_kind, e.request_id, e.reason, \
         audit_subject(e.table_name, e.row_id) AS subject, \
         ARRAY(SELECT c.column_name::text FROM audit_columns c WHERE c.table_name = e.table_name::name AND c.kind = 'personal') AS personal, \
         u.first_name || ' ' || u.last_name AS who FROM (",
    );
    let trails: [(bool, Push); 3] =
        [(has_changes(filter), changes), (has_activity(filter), activity), (has_reveals(filter), reveals)];
    let mut begin = "(";
    for (_, push) in trails.into_iter().filter(|(is_asked, _)| *is_asked) {
        sql.push(begin);
        push(&part, &mut sql);
        sql.push(")");
        begin = " UNION ALL (";
    }
    if begin == "(" {
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

fn has_changes(filter: &Filter) -> bool {
    filter.kind.is_none_or(|kind| kind == "change")
}

/// What was changed.
fn changes(part: &Part<'_>, sql: &mut QueryBuilder<Postgres>) {
    if part.filter.order.is_none() {
        return changes_that(part, "true", sql);
    }
    // row by row: the planner would walk through the trail and look whether an entry is of one of them
    let (tables, rows) = part.filter.rows.clone();
    sql.push(
        "SELECT l.id, l.at, l.kind, l.action, l.table_name, l.row_id, l.changed, l.actor_id, l.actor_kind, l.request_id, l.reason FROM unnest(",
    );
    sql.push_bind(tables).push("::text[], ").push_bind(rows);
    sql.push("::text[]) AS k (table_name, row_id) CROSS JOIN LATERAL (");
    changes_that(part, "l.table_name = k.table_name AND l.row_id = k.row_id", sql);
    sql.push(" OFFSET 0) l");
}

fn changes_that(part: &Part<'_>, fit: &str, sql: &mut QueryBuilder<Postgres>) {
    let filter = part.filter;
    sql.push(format_args!(
        "SELECT {} AS id, l.occurred_at AS at, 'change' AS kind, lower(l.action) AS action, l.table_name, l.row_id, l.changed, \
         l.actor_id, l.actor_kind, l.request_id, l.reason FROM audit_log l WHERE {fit}",
        key::SQL
    ));
    part.push_place(sql, ("l.occurred_at", "l.id"), key::number_at);
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
    part.push_end(sql, ("l.occurred_at", "l.id"));
}

fn has_activity(filter: &Filter) -> bool {
    filter.table.as_deref().is_none_or(|table| table == "user_activity")
        && filter.field.is_none()
        && filter.row.is_none()
        && filter.order.is_none()
        && !matches!(filter.kind, Some("change" | "reveal"))
}

/// Who signed in, took files, and what was refused.
fn activity(part: &Part<'_>, sql: &mut QueryBuilder<Postgres>) {
    const PLACE: (&str, &str) = ("a.\"timestamp\"", "a.id");
    let filter = part.filter;
    sql.push(format_args!(
        "SELECT a.id, a.\"timestamp\" AS at, {ACTIVITY_KIND} AS kind, a.action_type AS action, 'user_activity' AS table_name, \
         a.id::text AS row_id, '{{}}'::jsonb AS changed, a.user_id AS actor_id, 'staff' AS actor_kind, \
         a.details ->> 'request' AS request_id, NULLIF(concat_ws(' ', {ACTIVITY_WORDS}, host(a.ip)), '') AS reason \
         FROM user_activity a WHERE true"
    ));
    part.push_place(sql, PLACE, |_, id| id);
    push_ids(sql, PLACE.1, filter);
    push_who(sql, "a.user_id", None, filter);
    if let Some(kind) = filter.kind {
        sql.push(format_args!(" AND {ACTIVITY_KIND} = ")).push_bind(kind);
    }
    if let Some(action) = &filter.action {
        sql.push(" AND a.action_type = ").push_bind(action.clone());
    }
    if let Some(request) = &filter.request {
        // the second condition is that of the index
        sql.push(" AND a.details ->> 'request' = ").push_bind(request.clone()).push(" AND a.details ? 'request'");
    }
    part.push_end(sql, PLACE);
}

fn has_reveals(filter: &Filter) -> bool {
    filter.table.as_deref().is_none_or(|table| matches!(table, "orders" | "users"))
        && filter.action.as_deref().is_none_or(|action| action == "reveal")
        && filter.kind.is_none_or(|kind| kind == "reveal")
}

/// Who saw which masked value.
fn reveals(part: &Part<'_>, sql: &mut QueryBuilder<Postgres>) {
    const PLACE: (&str, &str) = ("r.created_at", "r.id");
    let filter = part.filter;
    sql.push(format_args!(
        "SELECT r.id, r.created_at AS at, 'reveal' AS kind, 'reveal' AS action, {REVEALED_TABLE} AS table_name, {REVEALED_ROW} AS row_id, \
         jsonb_build_object(r.field, 'secret') AS changed, r.actor_id, 'staff' AS actor_kind, r.request_id, r.reason FROM reveals r WHERE true"
    ));
    part.push_place(sql, PLACE, |_, id| id);
    push_ids(sql, PLACE.1, filter);
    push_who(sql, "r.actor_id", None, filter);
    if let Some(table) = &filter.table {
        sql.push(format_args!(" AND {REVEALED_TABLE} = ")).push_bind(table.clone());
    }
    if let Some(row) = &filter.row {
        let id = row.parse::<Uuid>().unwrap_or_default();
        sql.push(" AND (r.order_id = ").push_bind(id).push(" OR r.user_id = ").push_bind(id).push(")");
    }
    if let Some(number) = &filter.order {
        sql.push(" AND r.order_id = (SELECT n.order_id FROM order_numbers n WHERE n.order_number = ");
        sql.push_bind(number.clone()).push(")");
    }
    if let Some(field) = &filter.field {
        sql.push(" AND r.field = ").push_bind(field.clone());
    }
    if let Some(request) = &filter.request {
        sql.push(" AND r.request_id = ").push_bind(request.clone());
    }
    part.push_end(sql, PLACE);
}

impl Part<'_> {
    /// The time that is looked through, and where the page starts; `own` makes of a cursor what the trail's id is compared
    /// with.
    fn push_place<T>(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        (at, id): (&str, &str),
        own: impl FnOnce(OffsetDateTime, Uuid) -> T,
    ) where
        T: for<'t> Encode<'t, Postgres> + Type<Postgres>,
    {
        if let Some(from) = self.filter.from {
            sql.push(format_args!(" AND {at} >= ")).push_bind(from);
        }
        if let Some(until) = self.filter.until {
            sql.push(format_args!(" AND {at} < ")).push_bind(until);
        }
        if let Some((time, last, sign)) = self.beyond {
            // a pair of columns rules out no month
            sql.push(format_args!(" AND {at} {sign}= ")).push_bind(time);
            sql.push(format_args!(" AND ({at}, {id}) {sign} (")).push_bind(time).push(", ");
            sql.push_bind(own(time, last)).push(")");
        }
    }

    fn push_end(&self, sql: &mut QueryBuilder<Postgres>, (at, id): (&str, &str)) {
        let direction = self.direction;
        if let Some(limit) = self.limit {
            sql.push(format_args!(" ORDER BY {at} {direction}, {id} {direction} LIMIT ")).push_bind(limit);
        }
    }
}

fn push_ids(sql: &mut QueryBuilder<Postgres>, column: &str, filter: &Filter) {
    if !filter.ids.is_empty() {
        sql.push(format_args!(" AND {column} = ANY (")).push_bind(filter.ids.clone()).push(")");
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
