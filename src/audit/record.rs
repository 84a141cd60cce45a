//! `/audit/record`: any record that the trail watches at one moment, beside what it was at another or is now; deleted ones
//! too.

use super::{
    entry::sees_values,
    list::key,
    named::{self, Ids, Names},
    words::{called, changes, is_by_itself, kind, record, same, secret, what, who},
};
use crate::{
    auth::guard::{Ctx, missing, set_refusal},
    cards::Card,
    error::AppError,
    list::model::Query,
    record::Record,
    server::{
        ids::horizon,
        texts::{capitalised, is_storable},
    },
    stamp::Zone,
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// The address of the page.
pub const PATH: &str = "/audit/record";
/// Changes that are listed below.
const CHANGES: i64 = 50;
/// What `row_at()` has in place of a value that was erased.
const ERASED: &str = "(erased)";

/// The page of a record at a moment: of this table and row, from that moment on; without one, from its last change on.
#[must_use]
pub fn address(table_name: &str, row: &str, from: Option<OffsetDateTime>) -> String {
    let from = from.map(Zone::exact).unwrap_or_default();
    Query::default().with("table", table_name).with("row", row).with("from", &from).address(PATH)
}

/// A side of the comparison.
struct Side {
    /// As people read it.
    label: String,
    /// As the form's field has it.
    field: String,
    /// Everything from here on is set back; nothing: it is now.
    until: Option<OffsetDateTime>,
}

/// `/audit/record?table=…&row=…&from=…&to=…`; `at` is `from` without `to`.
///
/// # Errors
/// When the trail watches no such table, has never seen the row, or one of the moments is none; and when the database says
/// no.
pub async fn page(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (_, query) = Query::of_address(address);
    let (table_name, row) = (query.get("table"), query.get("row"));
    if table_name.is_empty() || row.is_empty() || !is_storable(table_name) || !is_storable(row) {
        return Err(missing());
    }
    let is_watched = sqlx::query_scalar!(r#"SELECT watched_key($1) IS NOT NULL AS "is!""#, table_name)
        .fetch_one(&ctx.state.db)
        .await?;
    if !is_watched {
        return Err(refused("The audit trail watches no table of that name. Choose a record in the trail."));
    }
    let zone = ctx.zone();
    let mut listed = latest(ctx, table_name, row).await?;
    let (from, to) = sides(ctx, &query, table_name, row, &zone).await?;
    let found = states(ctx, table_name, row, [from.until, to.until]).await?;
    if listed.is_empty() && found.then.is_none() && found.now.is_none() {
        return Err(missing());
    }
    let is_more = listed.len() > usize::try_from(CHANGES).unwrap_or_default();
    if is_more {
        listed.pop();
    }
    let sees = sees_values(ctx.me.role);
    let wanted = Query::default().with("q", &format!("table:{table_name} row:{row}"));
    let everything = wanted.address("/audit");
    let mut links = vec![("arrow-left".into(), "Back to the trail".into(), "/audit".into())];
    let own = record(table_name, row);
    if !own.is_empty() {
        links.push(("eye".into(), "Its own page".into(), own));
    }
    links.push(("clock".into(), "Everything about this record".into(), everything.clone()));
    let names = named::names(&ctx.state.db, table_name, found.ids()).await?;
    let [differs, is_same] = differences(&found, [&from, &to], &zone, sees, &names);
    let form = Card::new("moments", "Compare two moments").moments(
        PATH,
        "Compare",
        &[
            ["table", "", table_name],
            ["row", "", row],
            ["from", "From", &from.field],
            ["to", "To (empty: now)", &to.field],
        ],
    );
    Ok(Record {
        title: format!("Then and now: {}", called(table_name, found.subject.as_deref())),
        links,
        cards: vec![
            about(table_name, row, &found, &listed, &zone),
            form,
            differs.wide(),
            is_same.wide(),
            changes_card(&listed, &zone, is_more.then_some(&everything)).wide(),
        ],
        ..Record::default()
    })
}

fn refused(why: &str) -> AppError {
    let error = AppError::BadRequest(why.to_owned());
    set_refusal(&error);
    error
}

/// The moments that an address names: a whole second is meant to its end, a part of one exactly.
async fn sides(ctx: &Ctx, query: &Query, table_name: &str, row: &str, zone: &Zone) -> Result<(Side, Side), AppError> {
    let read = |text: &str| match text {
        "" => Ok(None),
        text => {
            zone.read(text).map(Some).ok_or_else(|| refused("One of the moments is no time. Choose it in the form."))
        }
    };
    let from = match query.get("from") {
        "" => query.get("at"),
        text => text,
    };
    let (mut from, mut to) = (read(from)?, read(query.get("to"))?);
    if let (Some(first), Some(second)) = (from, to)
        && second < first
    {
        std::mem::swap(&mut from, &mut to);
    }
    let side = |at: OffsetDateTime| {
        let second = at.replace_nanosecond(0).unwrap_or(at);
        let until = if at == second { second + Duration::SECOND } else { at + Duration::MICROSECOND };
        Side { label: zone.second(at), field: zone.field(at), until: Some(until) }
    };
    let to = to.map_or(Side { label: "Now".into(), field: String::new(), until: None }, side);
    let from = if let Some(at) = from {
        side(at)
    } else {
        let last = last_change(ctx, table_name, row, to.until).await?;
        let label = last.map_or_else(|| "Now".to_owned(), |at| format!("Before {}", zone.second(at)));
        Side { label, field: last.map(|at| zone.field(at)).unwrap_or_default(), until: last }
    };
    Ok((from, to))
}

async fn last_change(
    ctx: &Ctx,
    table_name: &str,
    row: &str,
    until: Option<OffsetDateTime>,
) -> Result<Option<OffsetDateTime>, AppError> {
    Ok(sqlx::query_scalar!(
        "SELECT occurred_at FROM audit_log
         WHERE table_name = $1 AND row_id = $2 AND action IN ('INSERT', 'UPDATE', 'DELETE') AND occurred_at < $3
         ORDER BY occurred_at DESC LIMIT 1",
        table_name,
        row,
        until.unwrap_or_else(horizon)
    )
    .fetch_optional(&ctx.state.db)
    .await?)
}

/// The record at both moments.
struct Found {
    then: Option<Value>,
    now: Option<Value>,
    /// Whether it is there today.
    is_there: bool,
    /// What people call it.
    subject: Option<String>,
    /// Columns that hold personal values.
    personal: Vec<String>,
    /// Fields that changed between the moments, of which secrets and erased values show nothing else.
    touched: Vec<String>,
    /// Those of them that are secrets.
    secrets: Vec<String>,
}

impl Found {
    /// The ids in it.
    fn ids(&self) -> Ids {
        let rows = [&self.then, &self.now].into_iter().flatten().filter_map(Value::as_object);
        named::ids(rows.flatten().map(|(name, value)| (name, Some(value))))
    }
}

async fn states(
    ctx: &Ctx,
    table_name: &str,
    row: &str,
    [from, to]: [Option<OffsetDateTime>; 2],
) -> Result<Found, AppError> {
    Ok(sqlx::query_as!(
        Found,
        r#"WITH touched AS MATERIALIZED (
               SELECT k.field, bool_or(jsonb_typeof(l.changed -> k.field) = 'string') AS is_secret
               FROM audit_log l CROSS JOIN LATERAL jsonb_object_keys(l.changed) AS k (field)
               WHERE l.table_name = $1 AND l.row_id = $2 AND l.action = 'UPDATE'
                 AND l.occurred_at >= COALESCE($3::timestamptz, 'infinity') AND l.occurred_at < $5
               GROUP BY k.field)
           SELECT row_at($1, $2, COALESCE($3::timestamptz, 'infinity')) AS "then", row_at($1, $2, COALESCE($4::timestamptz, 'infinity')) AS "now",
                  row_now($1, $2) IS NOT NULL AS "is_there!", audit_subject($1, $2) AS subject,
                  ARRAY(SELECT c.column_name::text FROM audit_columns c WHERE c.table_name = $1::text::name AND c.kind = 'personal') AS "personal!",
                  ARRAY(SELECT t.field FROM touched t WHERE NOT t.is_secret) AS "touched!",
                  ARRAY(SELECT t.field FROM touched t WHERE t.is_secret) AS "secrets!""#,
        table_name,
        row,
        from,
        to,
        to.unwrap_or_else(horizon)
    )
    .fetch_one(&ctx.state.db)
    .await?)
}

/// What it is, and whether it is there.
fn about(table_name: &str, row: &str, found: &Found, listed: &[Change], zone: &Zone) -> Card {
    let card = Card::new("record", "Record")
        .fact("What", &capitalised(&called(table_name, found.subject.as_deref())))
        .fact("Table", table_name)
        .fact("Row", row);
    if found.is_there {
        return card.fact("Now", "In the database");
    }
    match listed.iter().find(|change| change.action == "delete") {
        Some(deleted) => card.fact("Now", "Deleted").time("Deleted on", &zone.stamp(deleted.at)),
        // its month was archived, or its table has changes only in the trail
        None => card.fact("Now", "Not in the database. The trail has no entry of its deletion."),
    }
}

/// What differs between the moments, and what doesn't.
fn differences(found: &Found, [from, to]: [&Side; 2], zone: &Zone, sees: bool, known: &Names) -> [Card; 2] {
    let empty = Map::new();
    let row = |side: &Option<Value>| side.as_ref().and_then(Value::as_object).cloned();
    let (then, now) = (row(&found.then), row(&found.now));
    let (is_then, is_now) = (then.is_some(), now.is_some());
    let (then, now) = (then.unwrap_or_else(|| empty.clone()), now.unwrap_or(empty));
    let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_by_key(|name| is_by_itself(name));
    let show = |name: &str, value_of: Option<&Value>| match value_of {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text == ERASED && found.personal.iter().any(|own| own == name) => "erased".into(),
        Some(_) if !sees && found.personal.iter().any(|own| own == name) => "masked for your role".into(),
        Some(_) => named::value(zone, value_of, known),
    };
    let (mut rows, mut others) = (Vec::new(), Vec::new());
    for name in names {
        let sides = [then.get(name), now.get(name)];
        let label = name.replace('_', " ");
        let [before, after] = sides.map(|side| show(name, side));
        let was_erased = before == "erased" && after == "erased" && found.touched.contains(name);
        if same(sides[0], sides[1]) && !was_erased {
            others.push((label, before));
        } else if before == after && !was_erased && sees {
            // less than a second, or the kind of value
            let plain = sides.map(|side| side.map(Value::to_string).unwrap_or_default());
            let [before, after] = plain;
            rows.push([label, before, after]);
        } else {
            rows.push([label, before, after]);
        }
    }
    for name in &found.secrets {
        let [before, after] = secret("update");
        rows.push([name.replace('_', " "), before, after]);
    }
    let heads = |is: bool, side: &Side| if is { side.label.clone() } else { format!("{} (not there)", side.label) };
    let card = Card::new("differences", "What differs");
    let card = match (rows.is_empty(), is_then || is_now) {
        (true, true) => card.remark("Nothing."),
        (true, false) => card.remark("It was not there at either moment."),
        (false, _) => card.sides(["Field", &heads(is_then, from), &heads(is_now, to)], &rows),
    };
    let shown = others.iter().filter(|(_, text)| !text.is_empty());
    let is_same = Card::new("same", "The same at both");
    let is_same = if shown.clone().next().is_none() {
        is_same.remark("No field.")
    } else {
        shown.fold(is_same, |card, (label, text)| card.fact(label, text))
    };
    [card, is_same]
}

/// A change of the record.
struct Change {
    number: i64,
    at: OffsetDateTime,
    action: String,
    changed: Value,
    personal: Vec<String>,
    who: Option<String>,
    actor_kind: String,
}

/// The latest, one more than are listed.
async fn latest(ctx: &Ctx, table_name: &str, row: &str) -> Result<Vec<Change>, AppError> {
    Ok(sqlx::query_as!(
        Change,
        r#"SELECT l.id AS "number!", l.occurred_at AS "at!", lower(l.action) AS "action!", l.changed AS "changed!", l.actor_kind AS "actor_kind!",
                  ARRAY(SELECT c.column_name::text FROM audit_columns c WHERE c.table_name = $1::text::name AND c.kind = 'personal') AS "personal!",
                  u.first_name || ' ' || u.last_name AS who
           FROM audit_log l LEFT JOIN users u ON u.id = l.actor_id
           WHERE l.table_name = $1 AND l.row_id = $2 AND l.occurred_at < $4 ORDER BY l.occurred_at DESC, l.id DESC LIMIT $3"#,
        table_name,
        row,
        CHANGES + 1,
        horizon()
    )
    .fetch_all(&ctx.state.db)
    .await?)
}

/// They are links to their entries; `more` is where all of them are.
fn changes_card(listed: &[Change], zone: &Zone, more: Option<&String>) -> Card {
    let card = Card::new("changes", "Its changes");
    if listed.is_empty() {
        return card.remark("The trail has no change of it.");
    }
    let (class, _) = kind("change");
    let card = listed.iter().fold(card, |card, change| {
        let to = format!("/audit/{}", key::id(change.at, change.number));
        let fields = changes(zone, &change.action, &change.changed, &change.personal);
        let who = who(change.who.as_deref(), &change.actor_kind);
        let name = what("change", &change.action, "", None);
        card.row(&to, &zone.second(change.at), (class, &name), &fields, &who)
    });
    match more {
        Some(all) => card.gap().link("More", "All of its changes are in the trail", all),
        None => card,
    }
}
