//! Tables, acts and values of the trail, for people.

use crate::server::{texts::capitalised, undo::ALWAYS};
use serde_json::Value;
use uuid::Uuid;

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
        "addresses" => "address",
        "user_sessions" => "session",
        "user_preferences" => "preferences",
        "user_notes" => "note on a user",
        "inventory" => "stock",
        "payment_methods" => "way to pay",
        "job_rows" => "row of a job",
        other => return other.strip_suffix('s').unwrap_or(other).replace('_', " "),
    }
    .to_owned()
}

/// What happened: `Changed: order`.
#[must_use]
pub fn what(kind: &str, action: &str, table_name: &str) -> String {
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
        "change" | "reveal" if !act.is_empty() => format!("{act}: {}", table(table_name)),
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

/// A value in a line.
#[must_use]
pub fn value(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(is)) => if *is { "yes" } else { "no" }.into(),
        Some(other) => other.to_string(),
    }
}

fn short(text: String) -> String {
    if text.is_empty() {
        return "nothing".into();
    }
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// The fields that were changed, without those that always are.
pub fn fields(changed: &Value) -> impl Iterator<Item = (&String, &Value)> {
    changed.as_object().into_iter().flatten().filter(|(name, _)| !ALWAYS.contains(&name.as_str()))
}

/// What was changed, in a line: secrets and personal values are named only.
#[must_use]
pub fn changes(action: &str, changed: &Value, personal: &[String]) -> String {
    const MOST: usize = 3;
    let mut all: Vec<(&String, &Value)> = fields(changed).collect();
    if action == "insert" {
        // what stands there by default says nothing
        all.retain(|(_, pair)| !matches!(pair.get(1), None | Some(Value::Null | Value::Bool(_)) if !pair.is_string()));
    }
    let more = all.len().saturating_sub(MOST);
    let mut words: Vec<String> = all
        .into_iter()
        .take(MOST)
        .map(|(name, pair)| {
            let label = name.replace('_', " ");
            if pair.is_string() || personal.contains(name) {
                return label;
            }
            let after = short(value(pair.get(1)));
            if action == "insert" {
                format!("{label}: {after}")
            } else {
                format!("{label}: {} → {after}", short(value(pair.get(0))))
            }
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
        let line = changes("update", &changed, &["email".to_owned()]);
        assert_eq!(line, "email; password hash; status: PENDING → CONFIRMED");
        assert_eq!(what("change", "update", "orders"), "Changed: order");
        assert_eq!(what("refusal", "sign_in_failed", "user_activity"), "Sign in failed");
    }

    #[test]
    fn records_lead_to_pages_that_there_are() {
        let id = Uuid::nil();
        assert_eq!(record("order_notes", &format!("{id}/{id}")), format!("/orders/{id}"));
        assert_eq!(record("orders", "//evil.example"), "");
        assert_eq!(record("products", &id.to_string()), "");
    }
}
