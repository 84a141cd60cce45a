//! What can be done about a customer's account, and the form of each act. What is offered is what is done (`change`); a
//! colleague's account is a matter of the pages of staff.

use super::{
    edit, path,
    sight::{Sights, Value, why_not_reveal},
    store::Head,
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role, Sight},
    },
    list::counts,
    privacy,
    sheet::{Act, Sheet, SheetField, why_not_right},
    users::{
        api::{ChangeUser, RevealUser},
        merge::{self, Side, why_never},
        reveal,
    },
};
use server_fn::ServerFn;
use time::OffsetDateTime;

/// An act, as its form names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Suspend,
    Reactivate,
    Unlock,
    ResetPassword,
    EndSessions,
    ResetFactor,
    Delete,
    Restore,
}

impl Change {
    const ALL: [Self; 8] = [
        Self::Reactivate,
        Self::Unlock,
        Self::Suspend,
        Self::ResetPassword,
        Self::ResetFactor,
        Self::EndSessions,
        Self::Restore,
        Self::Delete,
    ];

    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.code() == code)
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::Unlock => "unlock",
            Self::ResetPassword => "reset-password",
            Self::EndSessions => "end-sessions",
            Self::ResetFactor => "reset-factor",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// Icon and words.
    const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Suspend => ("ban", "Suspend"),
            Self::Reactivate => ("circle-check", "Reactivate"),
            Self::Unlock => ("lock", "Unlock"),
            Self::ResetPassword => ("undo-2", "Require a new password"),
            Self::EndSessions => ("log-out", "End sessions"),
            Self::ResetFactor => ("shield-check", "Reset second factor"),
            Self::Delete => ("trash-2", "Delete the account"),
            Self::Restore => ("undo-2", "Bring the account back"),
        }
    }

    pub(super) const fn right(self) -> Right {
        match self {
            Self::Delete | Self::Restore => Right::DeleteUsers,
            _ => Right::EditUsers,
        }
    }

    /// It takes something away that others than this person may rely on.
    pub(super) const fn is_grave(self) -> bool {
        matches!(self, Self::Suspend | Self::ResetPassword | Self::ResetFactor | Self::Delete)
    }

    /// Whether there is anything to do for it.
    fn is_open(self, head: &Head, now: OffsetDateTime) -> bool {
        let is_deleted = head.deleted_at.is_some();
        match self {
            Self::Restore => is_deleted,
            _ if is_deleted => false,
            Self::Suspend => head.status != "suspended",
            Self::Reactivate => head.status != "active",
            Self::Unlock => head.locked_until.is_some_and(|until| until > now),
            Self::ResetPassword => !head.reset_due,
            Self::EndSessions => head.sessions > 0,
            Self::ResetFactor => head.has_factor,
            Self::Delete => true,
        }
    }
}

/// Why this colleague can't do it now; nothing: they can.
fn why_not(me: &Me, head: &Head, change: Change) -> Option<String> {
    if change == Change::Restore && head.merged_into.is_some() {
        return Some("it was merged into another one. Undo the merge instead, which is possible for a day.".into());
    }
    if change == Change::Restore && head.erasure.as_ref().is_some_and(|erasure| erasure.state != "asked") {
        return Some("the person is erased, for good.".into());
    }
    let is_kept = change == Change::Delete && head.open_orders > 0;
    why_not_right(change.right(), me).or_else(|| {
        let orders = counts::of(head.open_orders, ("order is", "orders are"));
        is_kept.then(|| format!("{orders} on the way. Deliver or cancel first."))
    })
}

/// What can be done about a customer, with why it can't.
pub fn offered(ctx: &Ctx, head: &Head) -> Vec<Act> {
    let (me, now, sights) = (&ctx.me, ctx.state.clock.now(), Sights::of(ctx, head));
    let here = |act: &str| format!("{}?act={act}", path(head.id));
    let mut acts = Vec::new();
    for value in Value::ALL {
        let is_empty = match value {
            Value::Phone => head.phone_number.is_none(),
            Value::Birth => head.date_of_birth.is_none(),
            Value::Email | Value::Addresses => false,
        };
        if !is_empty && sights.see(value) == Sight::Masked && why_not_reveal(value, me).is_none() {
            let place = if value == Value::Addresses { "addresses" } else { "profile" };
            let label = format!("Reveal the {}", value.label());
            acts.push(Act {
                place: place.into(),
                ..Act::link(&label, "eye", here(&format!("reveal-{}", value.code())))
            });
        }
    }
    if head.role != Role::Customer.code() {
        return acts;
    }
    if head.deleted_at.is_none() {
        let why_not = why_not_right(Right::EditUsers, me);
        acts.push(Act {
            place: "profile".into(),
            label: "Change name and contact".into(),
            icon: "pencil".into(),
            to: if why_not.is_none() { here("edit") } else { String::new() },
            why_not: why_not.unwrap_or_default(),
        });
    }
    if head.deleted_at.is_none() {
        let why_not = why_not_right(Right::EditUsers, me).or_else(|| why_never(&Side::of(head)));
        acts.push(Act {
            place: "standing".into(),
            label: "Merge with another account".into(),
            icon: "users".into(),
            to: if why_not.is_none() { merge::path(head.id) } else { String::new() },
            why_not: why_not.unwrap_or_default(),
        });
    }
    acts.extend(merge::undo::offered(me, head, now));
    acts.extend(privacy::sheets::offered(ctx, head));
    acts.extend(Change::ALL.into_iter().filter(|change| change.is_open(head, now)).map(|change| {
        let (icon, label) = change.look();
        let why_not = why_not(me, head, change);
        Act {
            place: "standing".into(),
            label: label.into(),
            icon: icon.into(),
            to: if why_not.is_none() { here(change.code()) } else { String::new() },
            why_not: why_not.unwrap_or_default(),
        }
    }));
    acts
}

/// The form of the act that the address names; nothing when there is nothing to do for it.
pub fn sheet(ctx: &Ctx, head: &Head, act: &str) -> Option<Sheet> {
    let (me, now) = (&ctx.me, ctx.state.clock.now());
    if let Some(value) = act.strip_prefix("reveal-").and_then(Value::parse) {
        let is_masked = Sights::of(ctx, head).see(value) == Sight::Masked;
        let effects = [
            "You see it on this page for ten minutes.",
            "Who looked, when and why stays in the history of this person.",
        ];
        return is_masked.then(|| {
            let sheet = reveal::sheet((value.code(), value.label()), effects, why_not_reveal(value, me));
            let hidden = [vec![("id".into(), head.id.to_string())], sheet.hidden].concat();
            Sheet { to: RevealUser::PATH.into(), hidden, back: path(head.id), ..sheet }
        });
    }
    if head.role != Role::Customer.code() {
        return None;
    }
    if act == "edit" {
        return head.deleted_at.is_none().then(|| edit::sheet(ctx, head));
    }
    let change = Change::parse(act).filter(|change| change.is_open(head, now))?;
    let name = head.name();
    // with what stands before it
    let sessions = match head.sessions {
        0 => String::new(),
        open => format!("; {} at once", counts::of(open, ("open session ends", "open sessions end"))),
    };
    let mut fields = Vec::new();
    let mut effects = match change {
        Change::Suspend => {
            fields.push(
                SheetField { kind: "date".into(), ..SheetField::line("until", "Until", "") }
                    .hint("The account comes back at the end of this day. Empty: until somebody reactivates it."),
            );
            vec![
                format!("{name} can't sign in to the shop{sessions}."),
                "Orders on their way go on.".to_owned(),
                "Reactivate undoes it.".to_owned(),
            ]
        }
        Change::Reactivate => vec![format!("{name} can sign in to the shop again, with the password of before.")],
        Change::Unlock => vec![format!("{name} can sign in at once, with the same password.")],
        Change::ResetPassword => vec![format!(
            "The shop asks {name} for a new password at the next sign-in and takes the old one no more{sessions}."
        )],
        Change::EndSessions => vec![format!("{name} is signed out everywhere{sessions}. The password stays.")],
        Change::ResetFactor => vec![
            "Be sure that it is the person who asks: call the number that you have on file.".to_owned(),
            format!("The app's codes and all recovery codes of {name} are worth nothing any more{sessions}."),
        ],
        Change::Delete => vec![
            format!("{name} can't sign in any more{sessions}."),
            "Orders, payments and reviews stay as they are; the address can't be used for a new account.".to_owned(),
            "Bring the account back undoes it. Personal data stays until it is erased on request.".to_owned(),
        ],
        Change::Restore => vec![format!("{name} can sign in again, with the password of before.")],
    };
    effects.extend(warnings(head));
    fields.push(SheetField::text("reason", "Reason", 2).required().hint("For the record. Name no other people."));
    let (_, label) = change.look();
    Some(Sheet {
        title: format!("{label}: {name}"),
        effects,
        to: ChangeUser::PATH.into(),
        hidden: vec![("id".into(), head.id.to_string()), ("change".into(), change.code().into())],
        version: Some(head.version),
        fields,
        submit: label.into(),
        is_danger: change.is_grave(),
        why_not: why_not(me, head, change).map(|why| format!("This can't be done: {why}")).unwrap_or_default(),
        back: path(head.id),
    })
}

/// What colleagues pinned: who decides about a person reads it.
fn warnings(head: &Head) -> impl Iterator<Item = String> {
    let pinned = head.notes.iter().filter(|note| note.pinned && !note.is_deleted).take(3);
    pinned.map(|note| {
        format!("Note by {}: “{}”", note.author, note.body.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}
