//! The record of a person as it was at a moment, beside what it is now: from the audit trail.

use super::{
    sight::{Sights, Value},
    store::Head,
    told::words,
};
use crate::{auth::guard::Ctx, auth::model::Sight, cards::Card, error::AppError, stamp::Zone};
use serde_json::Value as Json;
use time::{Duration, OffsetDateTime};

/// Columns that are shown, for people; what kind of personal data it is.
const FIELDS: [(&str, &str, Option<Value>); 10] = [
    ("first_name", "First name", None),
    ("last_name", "Last name", None),
    ("email", "E-mail", Some(Value::Email)),
    ("phone_number", "Phone", Some(Value::Phone)),
    ("date_of_birth", "Date of birth", Some(Value::Birth)),
    ("role", "Role", None),
    ("status", "Status", None),
    ("suspended_until", "Suspended until", None),
    ("tags", "Tags", None),
    ("email_verified", "E-mail confirmed", None),
];

/// The moment that an address names.
pub fn moment(zone: &Zone, text: &str) -> Option<OffsetDateTime> {
    if text.is_empty() { None } else { zone.read(text) }
}

/// The card of then and now: as it was just before `at`.
///
/// # Errors
/// When the database says no.
pub async fn as_it_was(ctx: &Ctx, head: &Head, at: OffsetDateTime) -> Result<Card, AppError> {
    let zone = ctx.zone();
    let card = Card::new("then", &format!("As it was before {}", zone.stamp(at).long));
    if at - Duration::MICROSECOND < head.created_at {
        return Ok(card.remark("This person was not here yet."));
    }
    let row = sqlx::query!(
        r#"SELECT to_jsonb(u) AS "now!", row_as_of('users', u.id::text, to_jsonb(u), $2) AS "then!" FROM users u WHERE u.id = $1"#,
        head.id,
        at
    )
    .fetch_one(&ctx.state.db)
    .await?;
    let sights = Sights::of(ctx, head);
    Ok(FIELDS.iter().fold(card, |card, (column, label, personal)| {
        let show = |side: &Json| {
            let text = text(side, column);
            match personal.map(|value| (sights.see(value), value)) {
                None | Some((Sight::Full, _)) => Some(text),
                _ if text.is_empty() => Some(text),
                Some((Sight::Masked, value)) => sights.show(value, &text),
                Some((Sight::Hidden, _)) => None,
            }
        };
        match (show(&row.then), show(&row.now)) {
            (Some(_), Some(now)) if row.then.get(*column) != row.now.get(*column) => {
                card.changed(label, &show(&row.then).unwrap_or_default(), &now)
            }
            (Some(then), _) => card.some(label, Some(&then)),
            (None, _) => card,
        }
    }))
}

/// A value of a row, for people.
fn text(row: &Json, column: &str) -> String {
    match row.get(column) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) if matches!(column, "status" | "role") => words(text),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Bool(is)) => if *is { "Yes" } else { "No" }.into(),
        Some(Json::Array(all)) => all.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    }
}
