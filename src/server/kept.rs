//! What was typed into a form when its session had ended: kept for ten minutes for the same person, and given back
//! under the form's page once they have signed in again. It is shown, never sent for them.

use super::{sessions, state::AppState};
use crate::forms::{Posted, Refusal};
use http::{Uri, request::Parts};
use std::collections::BTreeMap;
use time::Duration;
use uuid::Uuid;

/// Parameter of the page's address that names the kept form.
const PARAMETER: &str = "kept";
/// How long a form is kept.
const FOR: Duration = Duration::minutes(10);
/// Forms that are kept of one person; older ones go.
const MOST: i64 = 5;
/// What the form says when it comes back.
const MESSAGE: &str = "You were signed out before this was sent, so nothing was changed. \
                       It is filled in as you left it: check it and send it again.";

/// Keeps a form and gives the address of its page that shows it again; nothing when we don't know whose it is
/// (no session of ours in the cookie), or when it can't be kept.
pub async fn keep(state: &AppState, parts: &Parts, form: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let user_id = sessions::former_owner(state, &parts.headers).await?;
    let values = serde_json::to_value(values).ok()?;
    let kept = sqlx::query_scalar!(
        r#"WITH old AS (
               DELETE FROM kept_forms WHERE id IN (
                   SELECT id FROM kept_forms WHERE user_id = $1 ORDER BY kept_at DESC OFFSET $6))
           INSERT INTO kept_forms (user_id, path, form, fields, kept_at) VALUES ($1, $2, $3, $4, $5) RETURNING id"#,
        user_id,
        parts.uri.path(),
        form,
        values,
        state.clock.now(),
        MOST - 1,
    )
    .fetch_one(&state.db)
    .await;
    match kept {
        Ok(id) => Some(with_parameter(&parts.uri, id)),
        Err(error) => {
            tracing::warn!(cause = %super::db::describe(&error), "a form was not kept");
            None
        }
    }
}

/// The kept form that a page's address names, if it is this person's and this page's.
pub async fn find(state: &AppState, user_id: Uuid, uri: &Uri) -> Option<Posted> {
    let id: Uuid = form_urlencoded::parse(uri.query()?.as_bytes())
        .find(|(name, _)| name == PARAMETER)
        .and_then(|(_, value)| value.parse().ok())?;
    let row = sqlx::query!(
        "SELECT form, fields FROM kept_forms WHERE id = $1 AND user_id = $2 AND path = $3 AND kept_at > $4",
        id,
        user_id,
        uri.path(),
        state.clock.now() - FOR,
    )
    .fetch_optional(&state.db)
    .await
    .ok()??;
    let values = serde_json::from_value(row.fields).ok()?;
    Some(Posted { form: row.form, values, refusal: Refusal::input(MESSAGE) })
}

fn with_parameter(uri: &Uri, id: Uuid) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let old = uri.query().unwrap_or_default();
    query.extend_pairs(form_urlencoded::parse(old.as_bytes()).filter(|(name, _)| name != PARAMETER));
    query.append_pair(PARAMETER, &id.to_string());
    format!("{}?{}", uri.path(), query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_its_other_parameters() {
        let id = Uuid::nil();
        let with = |uri: &'static str| with_parameter(&Uri::from_static(uri), id);
        assert_eq!(with("/orders/1"), format!("/orders/1?kept={id}"));
        assert_eq!(with("/orders/1?tab=a%26b&kept=old"), format!("/orders/1?tab=a%26b&kept={id}"));
    }
}
