//! What was changed of a person, from the audit trail, in words without values that are personal.

use crate::{
    auth::model::role_name,
    cards::Card,
    server::{ids::horizon, texts::capitalised},
    stamp::Zone,
};
use serde_json::Value;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// Fields of a person whose changes are told.
const FIELDS: [&str; 14] = [
    "role",
    "status",
    "mfa_enabled",
    "password_hash",
    "email",
    "first_name",
    "last_name",
    "locked_until",
    "phone_number",
    "date_of_birth",
    "tags",
    "suspended_until",
    "reset_due",
    "merged_into",
];

/// Fields whose changes are told.
#[must_use]
pub fn fields() -> Vec<String> {
    FIELDS.map(str::to_owned).into()
}

/// A change of a person's row.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    /// Its number in the trail.
    pub id: i64,
    pub action: String,
    pub changed: Value,
    pub at: OffsetDateTime,
    pub who: Option<String>,
    pub kind: String,
    pub reason: Option<String>,
}

/// The latest changes of a person (of `fields`), newest first, and if it isn't among them the last
/// one of the role, which the card of a colleague's role needs.
///
/// # Errors
/// When the database says no.
pub async fn latest(db: &PgPool, id: Uuid, fields: &[String], limit: i64) -> sqlx::Result<Vec<ChangeRow>> {
    sqlx::query_as!(
        ChangeRow,
        r#"WITH of_person AS (
               SELECT l.id, l.action, l.changed, l.occurred_at, l.actor_id, l.actor_kind, l.reason FROM audit_log l
               WHERE l.table_name = 'users' AND l.row_id = $1::uuid::text AND l.changed ?| $2::text[] AND l.occurred_at < $4),
           told AS (
               (SELECT id, action, changed, occurred_at, actor_id, actor_kind, reason FROM of_person
                ORDER BY occurred_at DESC, id DESC LIMIT $3)
               UNION
               (SELECT id, action, changed, occurred_at, actor_id, actor_kind, reason FROM of_person
                WHERE changed ? 'role' ORDER BY occurred_at DESC, id DESC LIMIT 1))
           SELECT t.id AS "id!", t.action AS "action!", t.changed AS "changed!", t.occurred_at AS "at!",
                  u.first_name || ' ' || u.last_name AS who, t.actor_kind AS "kind!", t.reason
           FROM told t LEFT JOIN users u ON u.id = t.actor_id
           ORDER BY t.occurred_at DESC, t.id DESC"#,
        id,
        fields,
        limit,
        horizon()
    )
    .fetch_all(db)
    .await
}

/// What was changed of the person, by whom; `then` says where the record as it was before is shown, if anywhere.
#[must_use]
pub fn card(rows: &[ChangeRow], zone: &Zone, then: impl Fn(OffsetDateTime) -> String) -> Card {
    let card = Card::new("changes", "What was changed");
    if rows.is_empty() {
        return card.remark("Nothing since the audit trail began.");
    }
    rows.iter().fold(card, |card, row| {
        let why = row.reason.as_deref().filter(|why| !why.is_empty()).map(|why| format!(": “{why}”"));
        let by = format!("by {}{}", actor(row), why.unwrap_or_default());
        card.row(&then(row.at), &what(row), ("", ""), &by, &zone.stamp(row.at).short)
    })
}

/// A change in words.
#[must_use]
pub fn what(row: &ChangeRow) -> String {
    let side =
        |field: &str, at: usize| row.changed.get(field).and_then(|pair| pair.get(at)).cloned().unwrap_or_default();
    let text = |field: &str, at: usize| side(field, at).as_str().map(str::to_owned).unwrap_or_default();
    let has = |field: &str| row.changed.get(field).is_some();
    if row.action == "INSERT" {
        return format!("Added as {}", role_name(&text("role", 1)));
    }
    let mut words: Vec<String> = Vec::new();
    if has("role") {
        words.push(format!("role {} → {}", role_name(&text("role", 0)), role_name(&text("role", 1))));
    }
    if has("status") {
        words.push(match text("status", 1).as_str() {
            "active" => "reactivated".into(),
            "suspended" | "deleted" => text("status", 1),
            other => other.to_owned(),
        });
    }
    if has("mfa_enabled") {
        let is_on = side("mfa_enabled", 1) == Value::Bool(true);
        words.push(if is_on { "second factor set up".into() } else { "second factor taken away".into() });
    }
    if has("password_hash") {
        words.push("password".into());
    }
    if has("email") {
        words.push("e-mail address".into());
    }
    if has("first_name") || has("last_name") {
        words.push("name".into());
    }
    if has("phone_number") {
        words.push("phone number".into());
    }
    if has("date_of_birth") {
        words.push("date of birth".into());
    }
    if has("tags") {
        words.push("tags".into());
    }
    if has("suspended_until") && !has("status") {
        words.push("end of the suspension".into());
    }
    if side("reset_due", 1) == Value::Bool(true) {
        words.push("a new password is asked for".into());
    }
    if has("merged_into") {
        let is_gone = !side("merged_into", 1).is_null();
        words.push(if is_gone { "merged into another account".into() } else { "merge undone".into() });
    }
    if has("locked_until") {
        words.push(if side("locked_until", 1).is_null() { "unlocked".into() } else { "locked".into() });
    }
    capitalised(&words.join(", "))
}

/// Who it was, for people.
#[must_use]
pub fn actor(row: &ChangeRow) -> String {
    row.who.clone().unwrap_or_else(|| {
        match row.kind.as_str() {
            "system" => "the system",
            "database" => "an operator",
            _ => "somebody no longer here",
        }
        .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(action: &str, changed: Value) -> ChangeRow {
        ChangeRow {
            id: 1,
            action: action.into(),
            changed,
            at: OffsetDateTime::UNIX_EPOCH,
            who: None,
            kind: "database".into(),
            reason: None,
        }
    }

    #[test]
    fn changes_are_told_without_values_that_are_personal() {
        let added = row("INSERT", json!({"role": [null, "support"], "email": [null, "hash"]}));
        assert_eq!(what(&added), "Added as Support");
        let moved = row("UPDATE", json!({"role": ["support", "admin"], "version": [1, 2], "first_name": ["h1", "h2"]}));
        assert_eq!(what(&moved), "Role Support → Admin, name");
        let locked = row("UPDATE", json!({"locked_until": [null, "2026-01-01"], "mfa_enabled": [true, false]}));
        assert_eq!(what(&locked), "Second factor taken away, locked");
        assert_eq!(actor(&locked), "an operator");
        let merged = row("UPDATE", json!({"status": ["active", "deleted"], "merged_into": [null, "an id"]}));
        assert_eq!(what(&merged), "Deleted, merged into another account");
        let undone = row("UPDATE", json!({"status": ["deleted", "active"], "merged_into": ["an id", null]}));
        assert_eq!(what(&undone), "Reactivated, merge undone");
    }
}
