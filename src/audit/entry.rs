//! The page of one entry, as data.

use super::{
    list::{
        key,
        statements::{ACTIVITY_KIND, ACTIVITY_WORDS, REVEALED_ROW, REVEALED_TABLE},
    },
    named::{self, Names},
    record as one_record, seal,
    words::{self, called, fields, kind, record, secret, what, who},
};
use crate::{
    auth::{
        guard::{Ctx, missing},
        model::{Role, Sight, address_sight, contact_sight},
    },
    cards::Card,
    error::AppError,
    list::model::Query,
    orders,
    record::Record,
    server::texts::capitalised,
    stamp::Zone,
    users::person,
};
use serde_json::Value;
use sqlx::{FromRow, Postgres, QueryBuilder};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

#[derive(Debug, FromRow)]
struct Entry {
    number: i64,
    at: OffsetDateTime,
    kind: String,
    action: String,
    table_name: String,
    row_id: String,
    subject: Option<String>,
    changed: Value,
    values: Option<Value>,
    is_erased: bool,
    personal: Vec<String>,
    who: Option<String>,
    actor_id: Option<Uuid>,
    actor_kind: String,
    db_user: String,
    request_id: Option<String>,
    reason: Option<String>,
    transaction: String,
    ip: Option<String>,
    user_agent: Option<String>,
}

/// `/audit/{id}`.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such entry, and when the database says no.
pub async fn entry(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (path, query) = Query::of_address(address);
    let id: Uuid = path.rsplit('/').next().unwrap_or_default().parse().map_err(|_| missing())?;
    let entry: Entry = statement(id).build_query_as().fetch_optional(&ctx.state.db).await?.ok_or_else(missing)?;
    let zone = ctx.zone();
    let mut cards = vec![facts(&entry, &zone)];
    if entry.kind == "change" {
        let seal = seal::state(&ctx.state.db).await?;
        let sealed = if seal.covers(&entry.transaction, entry.number) {
            ("badge good", "Sealed")
        } else {
            ("badge wait", "Not sealed yet")
        };
        cards.push(
            Card::new("seal", "Seal")
                .badge(sealed.0, sealed.1)
                .fact("Entry", &entry.number.to_string())
                .fact("Transaction", &entry.transaction)
                .code("Head now", &seal.head(), ""),
        );
        let sides = fields(&entry.changed).flat_map(|(name, pair)| [(name, pair.get(0)), (name, pair.get(1))]);
        let names = named::names(&ctx.state.db, &entry.table_name, named::ids(sides)).await?;
        cards.push(differences(&entry, ctx.me.role, &zone, &names).wide());
    }
    let (class, label) = kind(&entry.kind);
    let back = Query::parse(query.get("in")).address("/audit");
    let mut links = vec![("arrow-left".into(), "Back to the trail".into(), back)];
    let asked = |words: &str| Query::default().with("q", words).address("/audit");
    if let Some(request) = entry.request_id.as_deref().filter(|request| !request.contains(['"', ' '])) {
        links.push(("filter".into(), "Everything of this request".into(), asked(&format!("request:{request}"))));
    }
    if entry.table_name != "user_activity" {
        let about = asked(&format!("table:{} row:{}", entry.table_name, entry.row_id));
        links.push(("clock".into(), "Everything about this record".into(), about));
    }
    if entry.kind == "change" && matches!(entry.action.as_str(), "insert" | "update" | "delete") {
        // before it there was nothing to compare with
        let step = if entry.action == "insert" { Duration::ZERO } else { Duration::MICROSECOND };
        let to = one_record::address(&entry.table_name, &entry.row_id, Some(entry.at - step));
        links.push(("columns-3".into(), "Difference to now".into(), to));
    }
    links.extend(in_its_record(&entry, ctx.state.clock.now()));
    Ok(Record {
        title: what(&entry.kind, &entry.action, &entry.table_name, entry.subject.as_deref()),
        badge: (class.into(), label.into()),
        links,
        cards,
        ..Record::default()
    })
}

/// The entry of an id: of the trail that the id is one of.
fn statement(id: Uuid) -> QueryBuilder<Postgres> {
    const WHO: &str = "u.first_name || ' ' || u.last_name AS who";
    let mut sql = QueryBuilder::new("");
    if let Some((at, number)) = key::change(id) {
        sql.push(format_args!(
            "SELECT l.id AS number, l.occurred_at AS at, 'change' AS kind, lower(l.action) AS action, l.table_name, l.row_id, audit_subject(l.table_name, l.row_id) AS subject, l.changed, \
             v.personal AS values, v.erased_at IS NOT NULL AS is_erased, \
             ARRAY(SELECT c.column_name::text FROM audit_columns c WHERE c.table_name = l.table_name::name AND c.kind = 'personal') AS personal, \
             {WHO}, l.actor_id, l.actor_kind, l.db_user, l.request_id, l.reason, l.transaction_id::text AS transaction, \
             NULL::text AS ip, NULL::text AS user_agent \
             FROM audit_log l LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id \
             LEFT JOIN users u ON u.id = l.actor_id WHERE l.occurred_at = "
        ));
        sql.push_bind(at).push(" AND l.id = ").push_bind(number);
        return sql;
    }
    sql.push(format_args!(
        "SELECT 0::bigint AS number, a.\"timestamp\" AS at, {ACTIVITY_KIND} AS kind, a.action_type AS action, 'user_activity' AS table_name, a.id::text AS row_id, NULL::text AS subject, '{{}}'::jsonb AS changed, a.details AS values, \
         false AS is_erased, ARRAY[]::text[] AS personal, {WHO}, a.user_id AS actor_id, 'staff' AS actor_kind, '' AS db_user, \
         a.details ->> 'request' AS request_id, \
         NULLIF(concat_ws(' ', {ACTIVITY_WORDS}), '') AS reason, \
         '' AS transaction, host(a.ip) AS ip, a.user_agent FROM user_activity a LEFT JOIN users u ON u.id = a.user_id WHERE a.id = "
    ));
    sql.push_bind(id);
    sql.push(format_args!(
        " UNION ALL SELECT 0::bigint, r.created_at, 'reveal', 'reveal', {REVEALED_TABLE}, {REVEALED_ROW}, audit_subject({REVEALED_TABLE}, {REVEALED_ROW}), jsonb_build_object(r.field, 'secret'), NULL::jsonb, false, ARRAY[]::text[], {WHO}, \
         r.actor_id, 'staff', '', r.request_id, r.reason, '', NULL, NULL FROM reveals r LEFT JOIN users u ON u.id = r.actor_id WHERE r.id = "
    ));
    sql.push_bind(id).push(" LIMIT 1");
    sql
}

fn facts(entry: &Entry, zone: &Zone) -> Card {
    let to = entry.actor_id.map(|id| format!("/users/{id}")).unwrap_or_default();
    let card = Card::new("entry", "What happened")
        .time("When", &zone.stamp_of_a_second(entry.at))
        .link("Who", &who(entry.who.as_deref(), &entry.actor_kind), &to)
        .some("Why", entry.reason.as_deref());
    let card = if entry.table_name == "user_activity" {
        card
    } else {
        let name = capitalised(&called(&entry.table_name, entry.subject.as_deref()));
        card.link("Record", &name, &record(&entry.table_name, &entry.row_id))
            .fact("Row", &entry.row_id)
            .fact("Table", &entry.table_name)
    };
    let card = if entry.kind == "reveal" {
        fields(&entry.changed).fold(card, |card, (name, _)| card.fact("Value", &name.replace('_', " ")))
    } else {
        card
    };
    card.some("Address", entry.ip.as_deref())
        .some("Browser", entry.user_agent.as_deref())
        .some("Request", entry.request_id.as_deref())
        .some("Database user", Some(&entry.db_user))
}

/// What a role sees of personal values of the trail: it doesn't say of which kind they are, so who sees all of them sees
/// these, and nobody else does.
pub(super) fn sees_values(role: Role) -> bool {
    contact_sight(role) == Sight::Full && address_sight(role, false) == Sight::Full
}

/// Field by field.
fn differences(entry: &Entry, role: Role, zone: &Zone, names: &Names) -> Card {
    let card = Card::new("differences", "What was changed");
    let mut rows: Vec<[String; 3]> = Vec::new();
    for (name, pair) in fields(&entry.changed) {
        let label = name.replace('_', " ");
        let in_clear = entry.values.as_ref().and_then(|values| values.get(name));
        let sides = if pair.is_string() {
            secret(&entry.action)
        } else if !entry.personal.contains(name) {
            [0, 1].map(|side| named::value(zone, pair.get(side), names))
        } else if entry.is_erased || in_clear.is_none() {
            ["erased".to_owned(), "erased".to_owned()]
        } else if sees_values(role) {
            [0, 1].map(|side| words::value(zone, in_clear.and_then(|pair| pair.get(side))))
        } else {
            ["masked for your role".to_owned(), "masked for your role".to_owned()]
        };
        let [before, after] = sides;
        rows.push([label, before, after]);
    }
    if rows.is_empty() {
        return card.remark("No field.");
    }
    card.sides(["Field", "Before", "After"], &rows)
}

/// Where the record's own page shows it as it was, and sets it back within a day.
fn in_its_record(entry: &Entry, now: OffsetDateTime) -> Vec<(String, String, String)> {
    let to = record(&entry.table_name, &entry.row_id);
    let at = |at: OffsetDateTime| Query::default().with("at", &Zone::exact(at)).text();
    let is_order = to.starts_with("/orders/");
    let is_user = entry.table_name == "users" && to.starts_with("/users/");
    if entry.kind != "change" || !(is_order || is_user) {
        return Vec::new();
    }
    let then = if is_order { format!("{to}/history?") } else { format!("{to}?part=history&") };
    let mut links = vec![
        ("eye".to_owned(), "As it was before".to_owned(), format!("{then}{}", at(entry.at - Duration::MICROSECOND))),
        ("eye".to_owned(), "As it was after".to_owned(), format!("{then}{}", at(entry.at + Duration::MICROSECOND))),
    ];
    // the record's page decides whether this colleague may set it back now, and says what changed since
    let can_be = entry.changed.as_object().is_some_and(|fields| match entry.table_name.as_str() {
        "orders" | "order_shipping" => orders::undo::is_known(fields),
        "users" => person::undo::is_known(fields),
        _ => false,
    });
    if entry.action == "update" && can_be && now - entry.at < Duration::DAY {
        let undo = if is_order {
            format!("{to}?act=undo-{}", entry.number)
        } else {
            format!("{to}?part=history&act=undo-{}", entry.number)
        };
        links.push(("undo-2".to_owned(), "Undo on its page".to_owned(), undo));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_values_are_for_who_sees_all_of_them() {
        let seeing: Vec<Role> = Role::ALL.into_iter().filter(|role| sees_values(*role)).collect();
        assert_eq!(seeing, [Role::Admin, Role::SuperAdmin]);
    }
}
