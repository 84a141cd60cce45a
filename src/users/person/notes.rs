//! Notes by staff about a person: added, pinned, deleted by their author and put back for a day.

use super::{
    done, path,
    store::{Head, Note},
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role},
    },
    cards::Card,
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, act},
        texts::read_note,
    },
    sheet::{Act, Sheet, SheetField},
    stamp::Zone,
    users::api::{AddUserNote, ChangeUserNote},
};
use server_fn::ServerFn;
use uuid::Uuid;

/// Their card.
pub fn card(me: &Me, head: &Head, zone: &Zone) -> Card {
    let mut card = Card::new("notes", "Notes by staff");
    if head.notes.is_empty() {
        card = card.remark("None yet. What colleagues should know of this person; only staff see it.");
    }
    for note in head.notes.iter() {
        card = one(card, me, note, zone);
    }
    card.gap().act(&Act::link("Write a note", "pencil", format!("{}?act=note", path(head.id))))
}

fn one(card: Card, me: &Me, note: &Note, zone: &Zone) -> Card {
    let hidden = ("note_id", note.id.to_string());
    let button = |card: Card, icon: &str, label: &str, change: &str| {
        card.button(("", icon, label), ChangeUserNote::PATH, change, (hidden.0, &hidden.1))
    };
    let when = zone.stamp(note.at);
    if note.is_deleted {
        let card = card.note(&note.author, &when, "Deleted", "You deleted this note. For a day you can put it back.");
        return button(card, "undo-2", "Put back", "restore");
    }
    let card = card.note(&note.author, &when, if note.pinned { "Pinned" } else { "" }, &note.body);
    let (label, change) = if note.pinned { ("Unpin", "unpin") } else { ("Pin", "pin") };
    let card = button(card, "pin", label, change);
    if note.author_id == me.id { button(card, "trash-2", "Delete", "delete") } else { card }
}

/// The form of a new one. Its key makes that a note sent twice is one.
pub fn sheet(head: &Head) -> Sheet {
    Sheet {
        title: format!("Note about {}", head.name()),
        effects: vec![
            "Colleagues see it here and, when it is pinned, in each form of a decision about this person.".into(),
        ],
        to: AddUserNote::PATH.into(),
        hidden: vec![("id".into(), head.id.to_string()), ("key".into(), Uuid::new_v4().to_string())],
        fields: vec![
            SheetField::text("note", "Note", 4).required(),
            SheetField::choice(
                "pin",
                "Pin it",
                "no",
                vec![
                    ("no".into(), "No".into()),
                    ("yes".into(), "Yes: it stands first, and in forms of decisions".into()),
                ],
            ),
        ],
        submit: "Add note".into(),
        back: path(head.id),
        ..Sheet::default()
    }
}

/// Adds one. The same `key` twice is one note.
///
/// # Errors
/// When nobody of that id is there, and when the database says no; refusals are values.
pub async fn add(ctx: &Ctx, id: Uuid, note: &str, (pin, key): (bool, &str)) -> Result<Outcome, AppError> {
    let body = match read_note(note, "note") {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal.into()),
    };
    let (me, with_staff) = (ctx.me.id, ctx.me.may(Right::ReadStaff));
    let key: Uuid = key.parse().unwrap_or_else(|_| Uuid::new_v4());
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let role = sqlx::query_scalar!("SELECT role FROM users WHERE id = $1 FOR KEY SHARE", id)
                .fetch_optional(&mut *connection)
                .await?;
            if !role.is_some_and(|role| role == Role::Customer.code() || with_staff) {
                return Err(AppError::NotFound.into());
            }
            sqlx::query!(
                "INSERT INTO user_notes (id, user_id, author_id, body, pinned) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
                key,
                id,
                me,
                body,
                pin
            )
            .execute(connection)
            .await?;
            Ok(done(id, "Note added."))
        })
    })
    .await
}

/// Pins, unpins, deletes or puts back a note: `change` says which. Pinning is everybody's, the rest the author's.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn change(ctx: &Ctx, note: Uuid, change: &str) -> Result<Outcome, AppError> {
    let (pinned, deleted, message) = match change {
        "pin" => (Some(true), None, "Note pinned."),
        "unpin" => (Some(false), None, "Note unpinned."),
        "delete" => (None, Some(true), "Note deleted. For a day you can put it back."),
        "restore" => (None, Some(false), "Note put back."),
        _ => return Ok(Refusal::input("There is no such act on a note. Load the page again.").into()),
    };
    let (me, now, with_staff) = (ctx.me.id, ctx.state.clock.now(), ctx.me.may(Right::ReadStaff));
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let found = sqlx::query!(
                r#"SELECT n.user_id, n.author_id FROM user_notes n JOIN users u ON u.id = n.user_id
                   WHERE n.id = $1 AND (n.deleted_at IS NULL OR n.deleted_at > $2::timestamptz - interval '1 day')
                     AND (u.role = 'customer' OR $3) FOR UPDATE OF n"#,
                note,
                now,
                with_staff
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(found) = found else {
                return Err(Refusal::conflict("This note is gone. Load the page again.").into());
            };
            if deleted.is_some() && found.author_id != me {
                let why = "Only who wrote a note can do that. Nothing was changed.";
                return Err(Refusal { status: 403, ..Refusal::input(why) }.into());
            }
            sqlx::query!(
                "UPDATE user_notes SET pinned = COALESCE($2, pinned),
                        deleted_at = CASE WHEN $3 THEN COALESCE(deleted_at, $4) WHEN NOT $3 THEN NULL ELSE deleted_at END
                 WHERE id = $1 AND (pinned IS DISTINCT FROM COALESCE($2, pinned) OR $3 IS DISTINCT FROM (deleted_at IS NOT NULL) AND $3 IS NOT NULL)",
                note,
                pinned,
                deleted,
                now
            )
            .execute(connection)
            .await?;
            Ok(done(found.user_id, message))
        })
    })
    .await
}
