//! Internal notes: added, changed, pinned, deleted and put back, and colleagues who are named in them.

use super::service::done;
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        texts::read_note,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Most colleagues that one note calls.
const MOST_MENTIONS: usize = 20;

/// The names that a note calls: what stands behind an `@` at the beginning of a word, up to its end.
fn called(note: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in note.split_whitespace() {
        let Some(name) = word.trim_start_matches(['(', '"', '“']).strip_prefix('@') else { continue };
        let end =
            name.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '\''))).unwrap_or(name.len());
        let name = name[..end].trim_end_matches(['.', '-', '\'']).to_lowercase();
        if !name.is_empty() && !names.contains(&name) && names.len() < MOST_MENTIONS {
            names.push(name);
        }
    }
    names
}

/// A colleague who can be called.
struct Colleague {
    id: Uuid,
    first: String,
    last: String,
    /// What stands before the `@` of the address: unique among those of one company.
    handle: String,
}

/// Whom the names mean: a handle, a first name, or `first.last`. A name that several have, or nobody, is refused with
/// what to write instead.
fn meant(names: &[String], colleagues: &[Colleague], field: &str) -> Result<Vec<Uuid>, Refusal> {
    let mut ids = Vec::new();
    for name in names {
        let found: Vec<&Colleague> = match colleagues.iter().find(|one| one.handle == *name) {
            Some(one) => vec![one],
            None => colleagues
                .iter()
                .filter(|one| one.first == *name || format!("{}.{}", one.first, one.last) == *name)
                .collect(),
        };
        match found.as_slice() {
            [one] => ids.push(one.id),
            [] => {
                let known: Vec<String> = colleagues.iter().take(12).map(|one| format!("@{}", one.handle)).collect();
                let problem = format!("Nobody here is called @{name}. There are {}.", known.join(", "));
                return Err(Refusal::input("The note was not saved.").field(field, problem));
            }
            several => {
                let which: Vec<String> = several.iter().map(|one| format!("@{}", one.handle)).collect();
                let problem = format!("Several are called @{name}. Write {}.", which.join(" or "));
                return Err(Refusal::input("The note was not saved.").field(field, problem));
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Puts the note into the inbox of everybody whom it calls and who wants to be told; who was called by it before is not
/// called twice.
async fn call(
    connection: &mut PgConnection,
    order: Uuid,
    note: Uuid,
    author: Uuid,
    body: &str,
    field: &str,
) -> Result<usize, Stop> {
    let names = called(body);
    if names.is_empty() {
        return Ok(0);
    }
    let colleagues = sqlx::query_as!(
        Colleague,
        r#"SELECT id, lower(first_name) AS "first!", lower(last_name) AS "last!", split_part(email, '@', 1) AS "handle!"
           FROM users WHERE role = ANY ($1) AND status = 'active' AND deleted_at IS NULL ORDER BY email"#,
        // those who may read what they are called to
        &Right::ReadOrders.holders().iter().map(|role| role.code().to_owned()).collect::<Vec<_>>()
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = meant(&names, &colleagues, field)?.into_iter().filter(|id| *id != author).collect();
    let ids = sqlx::query_scalar!(
        r#"SELECT u AS "u!" FROM unnest($1::uuid[]) AS u
           WHERE NOT EXISTS (SELECT 1 FROM user_preferences p WHERE p.user_id = u AND p.notifications -> 'mention' = 'false')"#,
        &ids
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO inbox_items (user_id, kind, from_id, order_id, note_id)
         SELECT u, 'mention', $2, $3, $4 FROM unnest($1::uuid[]) AS u ON CONFLICT DO NOTHING",
        &ids,
        author,
        order,
        note
    )
    .execute(connection)
    .await?;
    Ok(ids.len())
}

/// Adds a note. The same `key` twice is one note.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn add(ctx: &Ctx, id: Uuid, note: &str, key: &str) -> Result<Outcome, AppError> {
    let note = match read_note(note, "note") {
        Ok(note) => note,
        Err(refusal) => return Ok(refusal.into()),
    };
    let note_id = key.parse().unwrap_or_else(|_| Uuid::new_v4());
    let author = ctx.me.id;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            add_in(connection, id, note_id, author, &note).await?;
            let told = match call(connection, id, note_id, author, &note, "note").await? {
                0 => "Note added.".to_owned(),
                1 => "Note added; one colleague finds it in the inbox.".to_owned(),
                many => format!("Note added; {many} colleagues find it in the inbox."),
            };
            Ok(done(id, told))
        })
    })
    .await
}

/// Adds a note in a transaction; nobody is called by it. The same id twice is one note.
pub(super) async fn add_in(
    connection: &mut PgConnection,
    order: Uuid,
    note: Uuid,
    author: Uuid,
    body: &str,
) -> Result<(), Stop> {
    let exists = sqlx::query_scalar!(
        r#"SELECT true AS "exists!" FROM orders WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE"#,
        order
    )
    .fetch_optional(&mut *connection)
    .await?;
    if exists.is_none() {
        return Err(AppError::NotFound.into());
    }
    sqlx::query!(
        "INSERT INTO order_notes (order_id, id, author_id, body) VALUES ($1, $2, $3, $4) ON CONFLICT (order_id, id) DO NOTHING",
        order,
        note,
        author,
        body
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes one's own note in a transaction; whether it was still there as it was written.
pub(super) async fn take_back_in(
    connection: &mut PgConnection,
    order: Uuid,
    note: Uuid,
    author: Uuid,
) -> Result<bool, Stop> {
    let deleted = sqlx::query!(
        "UPDATE order_notes SET deleted_at = now()
         WHERE order_id = $1 AND id = $2 AND author_id = $3 AND deleted_at IS NULL AND edited_at IS NULL",
        order,
        note,
        author
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// A note, locked until the transaction ends.
struct Locked {
    author_id: Uuid,
    version: i32,
    body: String,
    pinned: bool,
    is_deleted: bool,
}

async fn lock(connection: &mut PgConnection, id: Uuid, note: Uuid) -> Result<Locked, Stop> {
    let locked = sqlx::query_as!(
        Locked,
        r#"SELECT author_id, version, body, pinned, deleted_at IS NOT NULL AS "is_deleted!" FROM order_notes
           WHERE order_id = $1 AND id = $2 AND (deleted_at IS NULL OR deleted_at > now() - interval '1 day') FOR UPDATE"#,
        id,
        note
    )
    .fetch_optional(connection)
    .await?;
    Ok(locked.ok_or_else(|| Refusal::conflict("This note is gone. Load the page again."))?)
}

const NOT_YOURS: &str = "Only who wrote a note can do that. Nothing was changed.";

/// Changes the text of one's own note.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn edit(ctx: &Ctx, id: Uuid, note: Uuid, version: i32, body: &str) -> Result<Outcome, AppError> {
    let body = match read_note(body, "body") {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal.into()),
    };
    let me = ctx.me.id;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = lock(connection, id, note).await?;
            if now.author_id != me {
                return Err(Refusal { status: 403, ..Refusal::input(NOT_YOURS) }.into());
            }
            if now.body != body {
                // pinning changes the version, not the text: only another text stands in the way
                let is_mine_still =
                    now.version == version || !text_changed_since(connection, id, note, version).await?;
                if !is_mine_still || now.is_deleted {
                    let theirs = format!(
                        "You changed this note elsewhere meanwhile; it says now: “{}”. Send again to replace that.",
                        now.body
                    );
                    let refusal = Refusal {
                        version: Some(now.version),
                        ..Refusal::conflict("The note was not saved.").field("body", theirs)
                    };
                    return Err(refusal.into());
                }
                sqlx::query!(
                    "UPDATE order_notes SET body = $3, edited_at = now() WHERE order_id = $1 AND id = $2",
                    id,
                    note,
                    body
                )
                .execute(&mut *connection)
                .await?;
                call(connection, id, note, me, &body, "body").await?;
            }
            Ok(done(id, "Note saved."))
        })
    })
    .await
}

async fn text_changed_since(connection: &mut PgConnection, id: Uuid, note: Uuid, version: i32) -> Result<bool, Stop> {
    let changed = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM changed_since('order_notes', $1::uuid || '/' || $2::uuid, $3, now() - interval '30 days')
                          WHERE field = 'body') AS "changed!""#,
        id,
        note,
        version
    )
    .fetch_one(connection)
    .await?;
    Ok(changed)
}

/// Pins, unpins, deletes or puts back a note: `change` says which. Pinning is everybody's, the rest the author's.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn change(ctx: &Ctx, id: Uuid, note: Uuid, change: &str) -> Result<Outcome, AppError> {
    let change = match change {
        "pin" | "unpin" | "delete" | "restore" => change.to_owned(),
        _ => return Ok(Refusal::input("There is no such act on a note. Load the page again.").into()),
    };
    let me = ctx.me.id;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = lock(connection, id, note).await?;
            let (is_wanted, message) = match change.as_str() {
                "pin" => (now.pinned, "Note pinned: it stands first for everybody."),
                "unpin" => (!now.pinned, "Note unpinned."),
                "delete" => (now.is_deleted, "Note deleted. For a day you can put it back in the timeline."),
                _ => (!now.is_deleted, "Note put back."),
            };
            if matches!(change.as_str(), "delete" | "restore") && now.author_id != me {
                return Err(Refusal { status: 403, ..Refusal::input(NOT_YOURS) }.into());
            }
            // sent twice, or a colleague was first: it is as wanted
            if !is_wanted {
                let (pinned, is_deleted) = match change.as_str() {
                    "pin" => (true, now.is_deleted),
                    "unpin" => (false, now.is_deleted),
                    "delete" => (now.pinned, true),
                    _ => (now.pinned, false),
                };
                sqlx::query!(
                    "UPDATE order_notes SET pinned = $3, deleted_at = CASE WHEN $4 THEN COALESCE(deleted_at, now()) END
                     WHERE order_id = $1 AND id = $2",
                    id,
                    note,
                    pinned,
                    is_deleted
                )
                .execute(&mut *connection)
                .await?;
            }
            Ok(done(id, message))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colleague(id: u128, first: &str, last: &str) -> Colleague {
        Colleague { id: Uuid::from_u128(id), first: first.into(), last: last.into(), handle: format!("{first}{id}") }
    }

    #[test]
    fn names_are_found_at_the_beginning_of_words_only() {
        assert_eq!(called("@Mia please look, (@sam.weber) too. mail@mia.example @"), ["mia", "sam.weber"]);
        assert_eq!(called("thanks @mia! @MIA?"), ["mia"]);
    }

    #[test]
    fn a_name_means_one_person_or_is_refused() {
        let all = [colleague(1, "mia", "sato"), colleague(2, "sam", "weber"), colleague(3, "sam", "moreno")];
        let meant = |name: &str| meant(&[name.to_owned()], &all, "note");
        assert_eq!(meant("mia").unwrap(), [Uuid::from_u128(1)]);
        assert_eq!(meant("sam.weber").unwrap(), [Uuid::from_u128(2)]);
        assert_eq!(meant("sam3").unwrap(), [Uuid::from_u128(3)]);
        assert!(meant("sam").unwrap_err().fields["note"].contains("@sam2 or @sam3"));
        assert!(meant("nobody").unwrap_err().fields["note"].contains("Nobody here"));
    }
}
