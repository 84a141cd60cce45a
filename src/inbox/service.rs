//! Reading the inbox and marking what was read.

use super::model::{Inbox, Item};
use crate::{
    audit::seal,
    auth::{guard::Ctx, model::Right},
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::db::{Actor, act},
};
use std::time::Duration;
use uuid::Uuid;

/// Items of a page.
const PAGE: usize = 50;
/// Unread items are counted up to this.
const MOST: i64 = 99;

/// A person's items, newest first. Items whose note was deleted, or whose order was archived, are left out.
///
/// # Errors
/// When `before` is no id, and when the database says no.
pub async fn inbox(ctx: &Ctx, before: &str) -> Result<Inbox, AppError> {
    let before: Option<Uuid> = match before {
        "" => None,
        id => Some(id.parse().map_err(|_| {
            let error = AppError::BadRequest("the place in the inbox is no id. Open the inbox anew.".into());
            crate::auth::guard::set_refusal(&error);
            error
        })?),
    };
    let rows = sqlx::query!(
        r#"SELECT i.id, i.kind, i.from_id, i.created_at, i.read_at IS NOT NULL AS "is_read!", i.order_id, i.job_id,
                  u.first_name || ' ' || u.last_name AS from_name, o.order_number AS "order_number?", n.body AS "body?",
                  j.title AS "job?", j.state AS "job_state?", j.failed AS "failed?",
                  r.user_id AS "asker?", r.right_name AS "right_name?", r.state AS "right_state?", r.reason AS "right_reason?",
                  r.ended_at IS NOT NULL AND i.created_at >= r.ended_at AS "is_end?",
                  e.id AS "erasure?", e.asked_by AS "erasure_asker?", e.state AS "erasure_state?", s.first_name || ' ' || s.last_name AS erased,
                  EXISTS (SELECT 1 FROM inbox_items x WHERE x.user_id = $1 AND x.read_at IS NULL) AS "has_unread!"
           FROM inbox_items i
           LEFT JOIN order_numbers o ON o.order_id = i.order_id
           LEFT JOIN jobs j ON j.id = i.job_id
           LEFT JOIN access_requests r ON r.id = i.access_request_id
           LEFT JOIN erasures e ON e.id = i.erasure_id
           LEFT JOIN users s ON s.id = e.user_id
           LEFT JOIN LATERAL (SELECT n.body FROM order_notes n
                              WHERE n.order_id = i.order_id AND n.id = i.note_id AND n.deleted_at IS NULL) n ON true
           LEFT JOIN users u ON u.id = i.from_id
           WHERE i.user_id = $1 AND (j.id IS NOT NULL OR r.id IS NOT NULL OR e.id IS NOT NULL OR i.kind IN ('norm', 'seal') OR o.order_id IS NOT NULL AND (i.kind <> 'mention' OR n.body IS NOT NULL)) AND i.id < COALESCE($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
           ORDER BY i.id DESC LIMIT $3"#,
        ctx.me.id,
        before,
        i64::try_from(PAGE).unwrap_or(i64::MAX) + 1
    )
    .fetch_all(&ctx.state.db)
    .await?;
    let zone = ctx.zone();
    let older = rows.get(PAGE - 1).filter(|_| rows.len() > PAGE).map(|row| format!("/inbox?before={}", row.id));
    let has_unread = rows.first().is_some_and(|row| row.has_unread);
    let items = rows
        .into_iter()
        .take(PAGE)
        .map(|row| {
            let (what, about, to) = if let (Some(job), Some(title)) = (row.job_id, row.job) {
                let how = job_ended(&row.job_state.unwrap_or_default(), row.failed.unwrap_or_default());
                (how, title, format!("/jobs/{job}"))
            } else if let (Some(asker), Some(code)) = (row.asker, row.right_name) {
                let state = row.right_state.unwrap_or_default();
                right_asked_for(asker == ctx.me.id, asker, &code, (&state, row.is_end.unwrap_or_default()))
            } else if let (Some(erasure), Some(who)) = (row.erasure, row.erased) {
                let is_mine = row.erasure_asker == Some(ctx.me.id);
                let what = erasure_told(is_mine, &row.erasure_state.unwrap_or_default());
                (what.to_owned(), who, format!("/privacy/{erasure}"))
            } else if let ("norm", Some(who)) = (row.kind.as_str(), row.from_id) {
                let what = "wanted to see more masked values in an hour than the norm.";
                (what.to_owned(), "What this colleague may do".to_owned(), format!("/staff/{who}"))
            } else if row.kind == "seal" {
                let what = "found something that is not as it was written:";
                (what.to_owned(), "Audit trail".to_owned(), seal::PATH.to_owned())
            } else {
                let what = if row.body.is_none() { "gave you" } else { "named you on" };
                let to = row.order_id.map(|id| format!("/orders/{id}")).unwrap_or_default();
                (what.to_owned(), row.order_number.unwrap_or_default(), to)
            };
            Item {
                id: row.id,
                from: row
                    .from_name
                    .unwrap_or_else(|| if row.job_id.is_some() { String::new() } else { "The system".into() }),
                what,
                about,
                to,
                text: row.body.or(row.right_reason.filter(|_| row.asker != Some(ctx.me.id))).unwrap_or_default(),
                at: zone.stamp(row.created_at),
                is_read: row.is_read,
            }
        })
        .collect();
    Ok(Inbox { items, has_unread, older: older.unwrap_or_default() })
}

/// What is said of a right that was asked for, which, and where more is: to who asked, or to those who decide.
fn right_asked_for(is_mine: bool, asker: Uuid, code: &str, (state, is_end): (&str, bool)) -> (String, String, String) {
    let label = Right::parse(code).map_or(code, |right| right.label());
    if !is_mine {
        let what = if state == "asked" { "asks for the right" } else { "asked for the right (it was answered)" };
        return (what.into(), label.into(), format!("/staff/{asker}"));
    }
    let what = match state {
        "refused" => "refused you the right",
        "ended" if is_end => "ended your right",
        _ => "granted you the right",
    };
    (what.into(), label.into(), "/settings/roles".into())
}

/// What is said of an erasure: to who asked for it, or to those who decide.
fn erasure_told(is_mine: bool, state: &str) -> &'static str {
    match (is_mine, state) {
        (true, "refused") => "refused the erasure of",
        (true, _) => "granted the erasure of",
        (false, "asked") => "asks you to decide about the erasure of",
        (false, "withdrawn") => "withdrew the erasure of",
        (false, _) => "asked (it is decided) for the erasure of",
    }
}

/// How a job ended, before its title.
fn job_ended(state: &str, failed: i32) -> String {
    match (state, failed) {
        ("done", 0) => "Done:".into(),
        ("done", _) => format!("Done, {failed} failed:"),
        ("stopped", _) => "Stopped:".into(),
        ("failed" | "quarantined", _) => "Failed:".into(),
        _ => "Goes on:".into(),
    }
}

/// How many items wait, in words for the navigation: empty for none, `99+` for many. At most `age` old.
///
/// # Errors
/// When the database says no.
pub async fn unread(ctx: &Ctx, age: Duration) -> Result<String, AppError> {
    let count = async {
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM (SELECT 1 FROM inbox_items WHERE user_id = $1 AND read_at IS NULL LIMIT $2) x"#,
            ctx.me.id,
            MOST + 1
        )
        .fetch_one(&ctx.state.db)
        .await?;
        Ok::<_, AppError>(count)
    };
    Ok(match ctx.state.unread.get_within(ctx.me.id, age, count).await? {
        0 => String::new(),
        many if many > MOST => format!("{MOST}+"),
        count => count.to_string(),
    })
}

/// Marks the caller's own items.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn mark(ctx: &Ctx, mark: &str, item: &str) -> Result<Outcome, AppError> {
    let item: Option<Uuid> = item.parse().ok();
    let (is_read, item) = match (mark, item) {
        ("all", _) => (true, None),
        ("read", Some(item)) => (true, Some(item)),
        ("unread", Some(item)) => (false, Some(item)),
        _ => return Ok(Refusal::input("There is no such act in the inbox. Load the page again.").into()),
    };
    let me = ctx.me.id;
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            sqlx::query!(
                "UPDATE inbox_items SET read_at = CASE WHEN $3 THEN now() END
                 WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) AND (read_at IS NULL) = $3",
                me,
                item,
                is_read
            )
            .execute(&mut *connection)
            .await?;
            Ok(Done { to: "/inbox".into(), message: String::new(), reload: false })
        })
    })
    .await;
    ctx.state.unread.forget_all().await;
    outcome
}
