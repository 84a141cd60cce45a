//! What is noted of people at work: who took files out of the house; and of signing in, as the pages of staff and one's own
//! account show it.

use super::device;
use crate::{cards::Card, server::ids::horizon, stamp::Zone};
use sqlx::{PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// As `user_activity` has it, in words, with the class of their badge.
const TOLD: [(&str, &str, &str); 15] = [
    ("sign_in", "Signed in", "badge good"),
    ("sign_in_failed", "Wrong password", "badge warn"),
    ("sign_in_limited", "Too many wrong passwords", "badge bad"),
    ("password_right", "Right password, code asked for", "badge"),
    ("code_failed", "Wrong code after the right password", "badge bad"),
    ("code_limited", "Too many wrong codes", "badge bad"),
    ("recovery_code_used", "Recovery code used", "badge warn"),
    ("proved", "Password given again", "badge"),
    ("proof_failed", "Wrong password while signed in", "badge warn"),
    ("password_changed", "Password changed", "badge info"),
    ("reset_asked", "New password asked for", "badge info"),
    ("password_reset", "Password set by a link from a mail", "badge info"),
    ("invitation_used", "Invitation accepted", "badge info"),
    ("profile_changed", "Profile changed", "badge info"),
    ("address_changed", "New e-mail address confirmed", "badge info"),
];

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    action: String,
    at: OffsetDateTime,
    ip: Option<String>,
    user_agent: Option<String>,
}

/// The last twenty of a quarter of a year, newest first.
///
/// # Errors
/// When the database says no.
pub async fn latest(db: &PgPool, id: Uuid, now: OffsetDateTime) -> sqlx::Result<Vec<Entry>> {
    let actions = TOLD.map(|(action, ..)| action.to_owned());
    sqlx::query_as!(
        Entry,
        r#"SELECT action_type AS action, "timestamp" AS at, host(ip) AS ip, user_agent FROM user_activity
           WHERE user_id = $1 AND "timestamp" > $3 AND "timestamp" < $4 AND action_type = ANY ($2)
           ORDER BY "timestamp" DESC LIMIT 20"#,
        id,
        &actions,
        now - Duration::days(90),
        horizon()
    )
    .fetch_all(db)
    .await
}

/// Notes who took what out of the house: `action` is exported or downloaded.
///
/// # Errors
/// When the database says no.
pub async fn record_taken(
    db: impl PgExecutor<'_>,
    who: Uuid,
    action: &str,
    details: serde_json::Value,
) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO user_activity (user_id, action_type, details) VALUES ($1, $2, $3)", who, action, details)
        .execute(db)
        .await?;
    Ok(())
}

/// Their card; `place` says where an address is.
#[must_use]
pub fn card(entries: &[Entry], zone: &Zone, place: impl Fn(Option<&str>) -> String) -> Card {
    let card = Card::new("activity", "Recent sign-ins");
    if entries.is_empty() {
        return card.remark("None in the last 90 days.");
    }
    entries.iter().fold(card, |card, entry| {
        let told = TOLD.iter().find(|(action, ..)| *action == entry.action);
        let (_, words, class) = told.copied().unwrap_or(("", &entry.action, "badge"));
        let browser = device::in_words(entry.user_agent.as_deref().unwrap_or_default());
        card.row("", &browser, (class, words), &place(entry.ip.as_deref()), &zone.stamp(entry.at).short)
    })
}
