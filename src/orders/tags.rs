//! Tags: words that staff put on an order to find it by.

use super::service::done;
use crate::{
    auth::guard::Ctx,
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        since::changed_since,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Most tags of an order, and letters of one; the table has the same limits (`are_tags`).
const MOST_TAGS: usize = 20;
const LONGEST_TAG: usize = 30;

/// A tag as it is stored: small letters, digits, spaces, dashes.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn tag(text: &str) -> Result<String, String> {
    let tag = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let sound = tag.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-'));
    if tag.is_empty() || tag.chars().count() > LONGEST_TAG || !sound {
        return Err(format!(
            "“{text}” is no tag. A tag has letters, digits, spaces and dashes, {LONGEST_TAG} at most."
        ));
    }
    Ok(tag)
}

/// Tags separated by commas, each once, in their order.
pub(super) fn tags(text: &str) -> Result<Vec<String>, String> {
    let mut tags = Vec::new();
    for word in text.split(',').filter(|word| !word.trim().is_empty()) {
        let tag = tag(word)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(format!("An order has at most {MOST_TAGS} tags; these are {}.", tags.len()));
    }
    Ok(tags)
}

/// What becomes of tags when some are put on and some taken off; too many is nothing.
pub(super) fn changed(now: &[String], add: &[String], remove: &[String]) -> Option<Vec<String>> {
    let mut tags: Vec<String> = now.iter().filter(|tag| !remove.contains(tag)).cloned().collect();
    tags.extend(add.iter().filter(|tag| !now.contains(tag)).cloned());
    (tags.len() <= MOST_TAGS).then_some(tags)
}

/// Puts tags on an order and takes others off, in a transaction. The tags before and after.
pub(super) async fn change_in(
    connection: &mut PgConnection,
    id: Uuid,
    add: &[String],
    remove: &[String],
) -> Result<(Vec<String>, Vec<String>), Stop> {
    let now = sqlx::query_scalar!("SELECT tags FROM orders WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE", id)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let after = changed(&now, add, remove)
        .ok_or_else(|| Refusal::conflict(format!("It would have more than {MOST_TAGS} tags.")))?;
    if after != now {
        sqlx::query!("UPDATE orders SET tags = $2 WHERE id = $1", id, &after).execute(connection).await?;
    }
    Ok((now, after))
}

/// Gives an order these tags instead of those it had.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn set_tags(ctx: &Ctx, id: Uuid, version: &str, text: &str) -> Result<Outcome, AppError> {
    let tags = match tags(text) {
        Ok(tags) => tags,
        Err(problem) => return Ok(Refusal::input("The tags were not changed.").field("tags", problem).into()),
    };
    let Ok(version) = version.parse::<i32>() else {
        return Ok(Refusal::input("This form is incomplete. Load the page again.").into());
    };
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = sqlx::query!(
                "SELECT version, tags FROM orders WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
                id
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(now) = now else { return Err(AppError::NotFound.into()) };
            // sent twice, or another had the same thought: there is nothing to do
            if now.tags != tags {
                let since = changed_since(connection, "orders", &id.to_string(), version, now.version).await?;
                if let Some(change) = since.of("tags") {
                    let theirs = if now.tags.is_empty() { "none".to_owned() } else { now.tags.join(", ") };
                    let who = change.who.as_deref().unwrap_or("The system");
                    let problem = format!("{who} changed the tags meanwhile; they are now: {theirs}. Yours are kept here; send again to replace theirs.");
                    let refusal = Refusal::conflict("The tags were not changed.").field("tags", problem);
                    return Err(Stop::Refused(Refusal { version: Some(now.version), ..refusal }));
                }
                sqlx::query!("UPDATE orders SET tags = $2 WHERE id = $1", id, &tags).execute(&mut *connection).await?;
            }
            Ok(done(id, "Tags saved."))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_in_one_spelling() {
        assert_eq!(tag("  Big  Spender "), Ok("big spender".into()));
        for wrong in ["", " ", "a,b", "a;b", "<b>", &"x".repeat(31)] {
            assert!(tag(wrong).is_err(), "{wrong}");
        }
        assert_eq!(tags("VIP, gift,, vip "), Ok(vec!["vip".to_owned(), "gift".to_owned()]));
        assert_eq!(tags(""), Ok(Vec::new()));
        let many: Vec<String> = (0..21).map(|n| format!("t{n}")).collect();
        assert!(tags(&many.join(",")).unwrap_err().contains("at most 20"));
    }

    #[test]
    fn some_are_put_on_and_others_taken_off() {
        let words = |text: &str| tags(text).unwrap();
        assert_eq!(
            changed(&words("vip, gift"), &words("fragile, vip"), &words("gift, late")),
            Some(words("vip, fragile"))
        );
        let many: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
        assert_eq!(changed(&many, &words("vip"), &[]), None);
        assert_eq!(changed(&many, &words("t3"), &[]), Some(many.clone()));
        assert_eq!(changed(&many, &words("vip"), &words("t0")).map(|tags| tags.len()), Some(20));
    }
}
