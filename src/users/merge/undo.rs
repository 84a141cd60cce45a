//! Undoing a merge within a day: another act, which gives back what that one moved and is still there. What was added or
//! changed since stays, and is named.

use super::{
    act::lock,
    rows::{give_orders, give_rows},
    rules::{Counts, in_words},
    store::{self, Merge},
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right},
    },
    error::AppError,
    forms::{Outcome, Refusal},
    list::counts,
    server::{
        db::{Actor, Stop, act},
        texts::read_reason,
    },
    sheet::{Act, Sheet, SheetField, why_not_right},
    users::{
        api::UndoMerge,
        person::{done, path as page_of, store::Head},
    },
};
use serde_json::Value as Json;
use server_fn::ServerFn;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long a merge can be undone.
const HOLDS: Duration = Duration::days(1);
/// How long the page says why it can't be any more.
const TOLD: Duration = Duration::days(30);
/// The act in the address, before the merge's id.
pub const ACT: &str = "undo-merge-";

/// Why a merge can't be undone; nothing: it can.
fn why_not(merge: &Merge, now: OffsetDateTime) -> Option<String> {
    if let (Some(_), Some(by)) = (merge.undone_at, &merge.undone_by) {
        return Some(format!("{by} undid it already."));
    }
    if now - merge.at > HOLDS {
        return Some("it is more than a day ago.".into());
    }
    let gone = || {
        format!(
            "the account of {} is deleted, or was merged into another one itself. Bring that back first.",
            merge.kept
        )
    };
    merge.is_kept_gone.then(gone)
}

/// What can be undone of the merges of an account, with why it can't.
pub fn offered(me: &Me, head: &Head, now: OffsetDateTime) -> Vec<Act> {
    let open = head.merges.iter().filter(|merge| merge.undone_at.is_none() && now - merge.at < TOLD);
    open.map(|merge| {
        let why_not = why_not_right(Right::EditUsers, me).or_else(|| why_not(merge, now));
        Act {
            place: "merges".into(),
            label: format!("Undo the merge of {} into {}", merge.merged, merge.kept),
            icon: "undo-2".into(),
            to: match why_not {
                None => format!("{}?act={ACT}{}", page_of(head.id), merge.id),
                Some(_) => String::new(),
            },
            why_not: why_not.unwrap_or_default(),
        }
    })
    .collect()
}

/// The form for the merge that the address names; nothing when this account was no part of it.
///
/// # Errors
/// When the database says no.
pub async fn sheet(ctx: &Ctx, head: &Head, id: &str) -> Result<Option<Sheet>, AppError> {
    let Some(merge) = head.merges.iter().find(|merge| merge.id.to_string() == id) else { return Ok(None) };
    let since = store::since(&ctx.state.db, merge).await?;
    let mut effects = vec![match in_words(&since.back) {
        Some(what) => format!("Go back to {}: {what}.", merge.merged),
        None => "Nothing is left that would go back.".to_owned(),
    }];
    effects.extend(in_words(&since.gone).map(|what| format!("Gone since, and not brought back: {what}.")));
    effects.extend(stays(since.orders, &merge.kept));
    effects.push(format!("{} can sign in again, with the password of before.", merge.merged));
    effects.push(
        "Name, phone, date of birth and tags that the merge changed are set back unless somebody changed them since."
            .into(),
    );
    let why_not = why_not_right(Right::EditUsers, &ctx.me).or_else(|| why_not(merge, ctx.state.clock.now()));
    Ok(Some(Sheet {
        title: format!("Undo the merge of {} into {}", merge.merged, merge.kept),
        effects,
        to: UndoMerge::PATH.into(),
        hidden: vec![("merge".into(), merge.id.to_string())],
        version: None,
        fields: vec![SheetField::text("reason", "Reason", 2).required().hint("For the record. Name no other people.")],
        submit: "Undo the merge".into(),
        is_danger: true,
        why_not: why_not.map(|why| format!("This can’t be done: {why}")).unwrap_or_default(),
        back: page_of(head.id),
    }))
}

fn stays(orders: i64, kept: &str) -> Option<String> {
    let words = if orders == 1 { "order that came since stays" } else { "orders that came since stay" };
    (orders > 0).then(|| format!("{} {words} with {kept}.", counts::grouped(orders)))
}

/// The merge, locked until the transaction ends.
struct Row {
    merge: Merge,
    merged_status: String,
    replaced: Json,
    tags_added: Vec<String>,
}

async fn row(connection: &mut PgConnection, id: Uuid) -> Result<Row, Stop> {
    let row = sqlx::query!(
        r#"SELECT m.kept_id, m.merged_id, k.first_name || ' ' || k.last_name AS "kept!", g.first_name || ' ' || g.last_name AS "merged!",
                  m.reason, m.created_at, m.undone_at, b.first_name || ' ' || b.last_name AS by,
                  u.first_name || ' ' || u.last_name AS undone_by, k.deleted_at IS NOT NULL AS "is_kept_gone!",
                  m.merged_status, m.replaced, m.tags_added
           FROM user_merges m JOIN users k ON k.id = m.kept_id JOIN users g ON g.id = m.merged_id JOIN users b ON b.id = m.merged_by
           LEFT JOIN users u ON u.id = m.undone_by
           WHERE m.id = $1 FOR UPDATE OF m"#,
        id
    )
    .fetch_optional(connection)
    .await?
    .ok_or(AppError::NotFound)?;
    let merge = Merge {
        id,
        kept_id: row.kept_id,
        kept: row.kept,
        merged_id: row.merged_id,
        merged: row.merged,
        by: row.by.unwrap_or_default(),
        reason: row.reason,
        moved: Counts::new(),
        at: row.created_at,
        undone_at: row.undone_at,
        undone_by: row.undone_by,
        is_kept_gone: row.is_kept_gone,
    };
    Ok(Row { merge, merged_status: row.merged_status, replaced: row.replaced, tags_added: row.tags_added })
}

/// Undoes a merge.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such merge, and when the database says no; refusals are values.
pub async fn undo(ctx: &Ctx, id: Uuid, reason: &str) -> Result<Outcome, AppError> {
    let reason = match read_reason(reason) {
        Ok(reason) => reason,
        Err(refusal) => return Ok(refusal.into()),
    };
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let (by, now) = (ctx.me.id, ctx.state.clock.now());
    act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            // both accounts first, as a merge does, then the merge as it is by then
            let accounts = sqlx::query!("SELECT kept_id, merged_id FROM user_merges WHERE id = $1", id)
                .fetch_optional(&mut *connection)
                .await?
                .ok_or(AppError::NotFound)?;
            let (kept, merged) = lock(connection, accounts.kept_id, accounts.merged_id).await?;
            let row = row(connection, id).await?;
            let merge = &row.merge;
            if let Some(why) = why_not(merge, now) {
                return Err(Refusal::conflict(format!("Nothing was undone: {why}")).into());
            }
            // first: nothing is given to an account that is merged into another
            sqlx::query!(
                "UPDATE users SET status = $2, deleted_at = NULL, merged_into = NULL WHERE id = $1",
                merged.id,
                row.merged_status
            )
            .execute(&mut *connection)
            .await?;
            let since = store::orders_since(&mut *connection, id, kept.id, merge.at).await?;
            let (back, gone) = give_back(connection, id, kept.id, merged.id).await?;
            let mut told: Vec<String> = Vec::new();
            told.extend(in_words(&back).map(|what| format!("Back with {}: {what}.", merge.merged)));
            told.extend(in_words(&gone).map(|what| format!("Gone since: {what}.")));
            told.extend(stays(since, &merge.kept));
            told.extend(set_back(connection, &row, kept.id, merged.id).await?);
            sqlx::query!("UPDATE user_merges SET undone_at = $2, undone_by = $3 WHERE id = $1", id, now, by)
                .execute(connection)
                .await?;
            Ok(done(kept.id, format!("The merge is undone. {}", told.join(" "))))
        })
    })
    .await
}

/// The rows that the merge moved and that are still where it put them. How many went back, and how many are gone.
async fn give_back(
    connection: &mut PgConnection,
    id: Uuid,
    kept: Uuid,
    merged: Uuid,
) -> Result<(Counts, Counts), Stop> {
    let listed = sqlx::query!(
        r#"SELECT table_name, count(*) AS "count!" FROM user_merge_rows WHERE merge_id = $1 GROUP BY table_name"#,
        id
    )
    .fetch_all(&mut *connection)
    .await?;
    let orders = sqlx::query_scalar!(
        "SELECT row_id FROM user_merge_rows WHERE merge_id = $1 AND table_name = 'orders' ORDER BY row_id",
        id
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut back = Counts::new();
    back.insert("orders".into(), give_orders(connection, kept, merged, &orders).await?);
    let mut count = |table: &str, rows: u64| {
        back.insert(table.to_owned(), i64::try_from(rows).unwrap_or(i64::MAX));
    };
    let rows = sqlx::query!(
        "UPDATE reviews x SET user_id = $3 FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'reviews' AND x.id = r.row_id AND x.user_id = $2 AND x.deleted_at IS NULL",
        id,
        kept,
        merged
    )
    .execute(&mut *connection)
    .await?;
    count("reviews", rows.rows_affected());
    let rows = sqlx::query!(
        "UPDATE addresses x SET user_id = $3, is_default_shipping = (r.was ->> 'shipping')::boolean, is_default_billing = (r.was ->> 'billing')::boolean
         FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'addresses' AND x.id = r.row_id AND x.user_id = $2 AND x.deleted_at IS NULL",
        id,
        kept,
        merged
    )
    .execute(&mut *connection)
    .await?;
    count("addresses", rows.rows_affected());
    let rows = sqlx::query!(
        "UPDATE payment_methods x SET user_id = $3, is_default = (r.was ->> 'default')::boolean FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'payment_methods' AND x.id = r.row_id AND x.user_id = $2 AND x.deleted_at IS NULL",
        id,
        kept,
        merged
    )
    .execute(&mut *connection)
    .await?;
    count("payment_methods", rows.rows_affected());
    for (table, rows) in give_rows(connection, id, kept, merged).await? {
        count(table, rows);
    }
    let gone = listed
        .into_iter()
        .map(|row| (row.count - back.get(&row.table_name).copied().unwrap_or_default(), row.table_name))
        .map(|(gone, table)| (table, gone))
        .collect();
    Ok((back, gone))
}

/// Values of the account that stayed which the merge replaced: set back where nobody changed them since. What stays, in a
/// sentence.
async fn set_back(connection: &mut PgConnection, row: &Row, kept: Uuid, merged: Uuid) -> Result<Option<String>, Stop> {
    let now = sqlx::query!(
        r#"SELECT k.first_name = g.first_name AND k.last_name = g.last_name AS "name!", k.phone_number IS NOT DISTINCT FROM g.phone_number AS "phone!",
                  k.date_of_birth IS NOT DISTINCT FROM g.date_of_birth AS "birth!"
           FROM users k, users g WHERE k.id = $1 AND g.id = $2"#,
        kept,
        merged
    )
    .fetch_one(&mut *connection)
    .await?;
    let of = |field: &str| row.replaced.get(field);
    let has = |field: &str| of(field).is_some();
    let text = |field: &str| of(field).and_then(Json::as_str);
    let (name, phone, birth) =
        (has("first_name") && now.name, has("phone_number") && now.phone, has("date_of_birth") && now.birth);
    sqlx::query!(
        "UPDATE users SET first_name = CASE WHEN $2 THEN $3 ELSE first_name END, last_name = CASE WHEN $2 THEN $4 ELSE last_name END,
                phone_number = CASE WHEN $5 THEN $6 ELSE phone_number END,
                date_of_birth = CASE WHEN $7 THEN $8::text::date ELSE date_of_birth END,
                tags = ARRAY(SELECT t FROM unnest(tags) WITH ORDINALITY AS x (t, n) WHERE t <> ALL ($9::text[]) ORDER BY n)
         WHERE id = $1",
        kept,
        name,
        text("first_name"),
        text("last_name"),
        phone,
        text("phone_number"),
        birth,
        text("date_of_birth"),
        &row.tags_added
    )
    .execute(connection)
    .await?;
    let stay: Vec<&str> = [
        (has("first_name") && !name, "name"),
        (has("phone_number") && !phone, "phone number"),
        (has("date_of_birth") && !birth, "date of birth"),
    ]
    .into_iter()
    .filter_map(|(stays, what)| stays.then_some(what))
    .collect();
    Ok((!stay.is_empty()).then(|| format!("Changed since, and left as it is: {}.", stay.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_is_undone_once_within_a_day_while_the_account_that_stayed_is_there() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let merge = Merge {
            id: Uuid::nil(),
            kept_id: Uuid::nil(),
            kept: "Ada Alt".into(),
            merged_id: Uuid::nil(),
            merged: "Adele Alt".into(),
            by: "Sam Support".into(),
            reason: "x".into(),
            moved: Counts::new(),
            at,
            undone_at: None,
            undone_by: None,
            is_kept_gone: false,
        };
        assert_eq!(why_not(&merge, at + HOLDS), None);
        assert!(why_not(&merge, at + HOLDS + Duration::SECOND).unwrap().contains("more than a day"));
        let gone = Merge { is_kept_gone: true, ..merge.clone() };
        assert!(why_not(&gone, at).unwrap().contains("Ada Alt is deleted"));
        let undone = Merge { undone_at: Some(at), undone_by: Some("Sam Support".into()), ..merge };
        assert_eq!(why_not(&undone, at).as_deref(), Some("Sam Support undid it already."));
    }
}
