//! Tables, acts and values of the trail, for people.

use crate::{
    server::{archive::Month, texts::capitalised, undo::ALWAYS},
    stamp::Zone,
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// Columns that every row has.
const BY_ITSELF: [&str; 5] = ["id", "idempotency_key", "created_at", "updated_at", "version"];

/// Longest value in a line.
const LONGEST: usize = 40;

/// A table: what one of its rows is.
#[must_use]
pub fn table(name: &str) -> String {
    match name {
        "orders" => "order",
        "order_shipping" => "shipping of an order",
        "order_items" => "item of an order",
        "order_notes" => "note on an order",
        "order_status_history" => "state of an order",
        "users" => "user",
        "payments" => "payment of an order",
        "refunds" => "refund of an order",
        "order_returns" => "return of an order",
        "parcels" => "parcel of an order",
        "stock_reservations" => "stock held for an order",
        "addresses" => "address of a user",
        "user_sessions" => "session of a user",
        "user_preferences" => "preferences of a user",
        "user_notes" => "note on a user",
        "second_factors" => "second factor of a user",
        "payment_methods" => "way to pay of a user",
        "access_links" => "link for a user",
        "access_requests" => "right asked for by a user",
        "erasures" => "erasure of a user",
        "inventory" => "stock of an article",
        "product_variants" => "variant",
        "product_images" => "picture of a product",
        "product_specifications" => "specification of a product",
        "reviews" => "review of a product",
        "categories" => "category",
        "job_rows" => "row of a job",
        other => return other.strip_suffix('s').unwrap_or(other).replace('_', " "),
    }
    .to_owned()
}

/// A row with what people call it: `order TA-104818`, `session of Sam Alvarez`; without a name only what it is.
#[must_use]
pub fn called(table_name: &str, subject: Option<&str>) -> String {
    let what = table(table_name);
    let Some(subject) = subject.filter(|subject| !subject.is_empty()) else { return what };
    // a month of the archive is of all its rows
    if subject.parse::<Month>().is_ok() {
        return format!("{table_name} of {subject}");
    }
    // a number alone says nothing, a name does
    if let Some(start) = what.strip_suffix(" an order") {
        return format!("{start} order {subject}");
    }
    let of = [" a user", " a product", " an article"].into_iter().find_map(|whose| what.strip_suffix(whose));
    format!("{} {subject}", of.unwrap_or(&what))
}

/// What happened: `Changed: order TA-104818`; without a table the act alone.
#[must_use]
pub fn what(kind: &str, action: &str, table_name: &str, subject: Option<&str>) -> String {
    let act = match action {
        "insert" => "Added",
        "update" => "Changed",
        "delete" => "Deleted",
        "truncate" => "Emptied",
        "erase" => "Erased personal values of",
        "retire" => "Archived",
        "restore" => "Brought back",
        "reveal" => "Revealed a value of",
        _ => "",
    };
    match kind {
        "change" if table_name.is_empty() => act.trim_end_matches(" personal values of").to_owned(),
        "change" | "reveal" if !act.is_empty() => format!("{act}: {}", called(table_name, subject)),
        _ => capitalised(&action.replace('_', " ")),
    }
}

/// A kind for people, and the class of its badge.
#[must_use]
pub fn kind(code: &str) -> (&'static str, &'static str) {
    match code {
        "change" => ("badge", "Change"),
        "reveal" => ("badge warn", "Reveal"),
        "export" => ("badge info", "Export"),
        "refusal" => ("badge bad", "Refusal"),
        _ => ("badge good", "Sign-in"),
    }
}

/// Who it was.
#[must_use]
pub fn who(name: Option<&str>, kind: &str) -> String {
    let other = match kind {
        "system" => "The system",
        "database" => "An operator in the database",
        _ => "Nobody known",
    };
    name.unwrap_or(other).to_owned()
}

/// Where a row's record is; empty: nowhere.
#[must_use]
pub fn record(table_name: &str, row: &str) -> String {
    let first = row.split('/').next().unwrap_or_default();
    if first.parse::<Uuid>().is_err() {
        return String::new();
    }
    match table_name {
        "orders" | "order_shipping" | "order_items" | "order_notes" | "order_status_history" => {
            format!("/orders/{first}")
        }
        "users" | "user_preferences" => format!("/users/{first}"),
        "jobs" | "job_rows" => format!("/jobs/{first}"),
        _ => String::new(),
    }
}

/// A time, as rows in JSON have it.
fn moment(value: &Value) -> Option<OffsetDateTime> {
    const SHORTEST: usize = "2026-11-21T08:49:00Z".len();
    let text = value.as_str().filter(|text| text.len() >= SHORTEST && text.as_bytes().get(10) == Some(&b'T'))?;
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Whether two values are one: nothing and no value are, and so are two spellings of one time.
#[must_use]
pub fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    let (one, other) = (one.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null));
    one == other || moment(one).is_some_and(|at| moment(other) == Some(at))
}

/// A value in a line; times by the reader's clock.
#[must_use]
pub fn value(zone: &Zone, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(is)) => if *is { "yes" } else { "no" }.into(),
        Some(Value::String(text)) => value.and_then(moment).map_or_else(|| text.clone(), |at| zone.second(at)),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        // the trail has no more places than a number needs
        Some(other) => other.to_string().trim_end_matches(".0").to_owned(),
    }
}

/// What columns hold that nobody wrote to.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// The beginning of a text that is long.
#[must_use]
pub fn short(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// The fields that were changed, without those that always are; those that a row has by itself come last.
pub fn fields(changed: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let all = move |is_last: bool| {
        let all = changed.as_object().into_iter().flatten();
        all.filter(move |(name, _)| !ALWAYS.contains(&name.as_str()) && is_by_itself(name) == is_last)
    };
    all(false).chain(all(true))
}

/// Whether a row has a column by itself: these stand behind the others.
#[must_use]
pub fn is_by_itself(name: &str) -> bool {
    BY_ITSELF.contains(&name)
}

/// What a secret is told as, before and after: never itself.
#[must_use]
pub fn secret(action: &str) -> [String; 2] {
    match action {
        "insert" => ["", "a secret was set"],
        "delete" => ["a secret", ""],
        _ => ["a secret", "another secret"],
    }
    .map(str::to_owned)
}

/// What was changed, in a line: secrets, personal values and ids are named only.
#[must_use]
pub fn changes(zone: &Zone, action: &str, changed: &Value, personal: &[String]) -> String {
    const MOST: usize = 3;
    let mut all: Vec<(&String, &Value)> = fields(changed).collect();
    if action == "insert" {
        // what stands there by default says nothing
        all.retain(|(_, pair)| pair.is_string() || pair.get(1).is_some_and(|value| !is_default(value)));
    }
    // nobody reads an id: what it is of is said, after what can be read
    let is_id = |pair: &Value| {
        let text = |side: usize| pair.get(side).and_then(Value::as_str);
        [0, 1].into_iter().filter_map(text).any(|text| text.parse::<Uuid>().is_ok())
    };
    all.sort_by_key(|(_, pair)| is_id(pair));
    let more = all.len().saturating_sub(MOST);
    let mut words: Vec<String> = all
        .into_iter()
        .take(MOST)
        .map(|(name, pair)| {
            let label = name.replace('_', " ");
            if is_id(pair) {
                return label.trim_end_matches(" id").to_owned();
            }
            if pair.is_string() || personal.contains(name) {
                return label;
            }
            let [before, after] = [0, 1].map(|side| match short(value(zone, pair.get(side))) {
                text if text.is_empty() => "nothing".to_owned(),
                text => text,
            });
            if action == "insert" { format!("{label}: {after}") } else { format!("{label}: {before} → {after}") }
        })
        .collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_name_what_is_personal_and_say_the_rest() {
        let changed = json!({"status": ["PENDING", "CONFIRMED"], "email": ["abc", "def"], "password_hash": "secret", "version": [1, 2]});
        let zone = Zone::named("Europe/Berlin");
        let line = changes(&zone, "update", &changed, &["email".to_owned()]);
        assert_eq!(line, "email; password hash; status: PENDING → CONFIRMED");
        let id = "0192f3a4-5b6c-7000-8000-000000000000";
        let added =
            json!({"author_id": [null, id], "body": ["abc", "def"], "pinned": [null, false], "quantity": [null, 3]});
        assert_eq!(changes(&zone, "insert", &added, &["body".to_owned()]), "body; quantity: 3; author");
        let mail = json!({"attempts": [null, 0], "idempotency_key": [null, "k"], "kind": [null, "notice"], "tags": [null, []], "total": [null, 7.0]});
        assert_eq!(changes(&zone, "insert", &mail, &[]), "kind: notice; total: 7; idempotency key: k");
        let added = json!({"created_at": [null, "2026-11-21T08:49:00Z"], "id": [null, "a"], "name": [null, "Ida"],
                           "seen_at": [null, "2026-11-21T08:49:00.5+00:00"], "spare": [null, null]});
        let line = changes(&zone, "insert", &added, &[]);
        assert_eq!(line, "name: Ida; seen at: 21 Nov 2026, 09:49:00; created at: 21 Nov 2026, 09:49:00; 1 more");
    }

    #[test]
    fn what_happened_names_what_it_happened_to() {
        for (action, table_name, subject, said) in [
            ("update", "orders", None, "Changed: order"),
            ("update", "orders", Some("TA-104818"), "Changed: order TA-104818"),
            ("insert", "order_notes", Some("TA-104818"), "Added: note on order TA-104818"),
            ("insert", "order_notes", None, "Added: note on an order"),
            ("update", "users", Some("Ida Roth"), "Changed: user Ida Roth"),
            ("delete", "user_sessions", Some("Ida Roth"), "Deleted: session of Ida Roth"),
            ("update", "inventory", Some("AUD-100"), "Changed: stock of AUD-100"),
            ("retire", "orders", Some("2024-01"), "Archived: orders of 2024-01"),
            ("delete", "", None, "Deleted"),
        ] {
            assert_eq!(what("change", action, table_name, subject), said);
        }
        assert_eq!(what("reveal", "reveal", "users", Some("Ida Roth")), "Revealed a value of: user Ida Roth");
        assert_eq!(what("refusal", "sign_in_failed", "user_activity", None), "Sign in failed");
    }

    #[test]
    fn two_spellings_of_a_time_are_one_time() {
        let is_one = |one: Value, other: Value| same(Some(&one), Some(&other));
        assert!(is_one(json!("2026-11-21T08:49:00+00:00"), json!("2026-11-21T09:49:00+01:00")));
        assert!(!is_one(json!("2026-11-21T08:49:00+00:00"), json!("2026-11-21T08:49:00.000001+00:00")));
        assert!(!is_one(json!("10"), json!(10)) && same(None, Some(&Value::Null)));
    }

    #[test]
    fn records_lead_to_pages_that_there_are() {
        let id = Uuid::nil();
        assert_eq!(record("order_notes", &format!("{id}/{id}")), format!("/orders/{id}"));
        assert_eq!(record("orders", "//evil.example"), "");
        assert_eq!(record("products", &id.to_string()), "");
    }
}
