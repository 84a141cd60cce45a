//! The cards of the pages of staff, in words.

use super::{
    api::EndRight,
    model::{Standing, right_name, role_name},
    requests::{why_not_decide, why_not_end},
    store::{ActivityRow, ChangeRow, PersonRow, RequestRow},
};
use crate::{
    auth::model::{Me, Right, Role},
    cards::Card,
    list::counts,
    sheet::Act,
    stamp::Zone,
};
use serde_json::Value;
use server_fn::ServerFn;
use time::OffsetDateTime;

/// What is told of signing in: as stored, words, whether it failed.
const ACTIONS: [(&str, &str, bool); 12] = [
    ("sign_in", "Signed in", false),
    ("sign_in_failed", "Wrong password", true),
    ("sign_in_limited", "Kept waiting after wrong passwords", true),
    ("password_right", "Password right, code asked for", false),
    ("code_failed", "Wrong code", true),
    ("code_limited", "Kept waiting after wrong codes", true),
    ("recovery_code_used", "Used a recovery code", false),
    ("proved", "Confirmed that it is them", false),
    ("proof_failed", "Did not confirm that it is them", true),
    ("password_changed", "Chose a new password", false),
    ("reset_asked", "Asked for a new password", false),
    ("link_used", "Used a link from a mail", false),
];

/// Fields of a person whose changes are told.
const FIELDS: [&str; 8] =
    ["role", "status", "mfa_enabled", "password_hash", "email", "first_name", "last_name", "locked_until"];

/// Actions that the page of a person tells.
pub fn actions() -> Vec<String> {
    ACTIONS.iter().map(|(code, ..)| (*code).to_owned()).collect()
}

/// Fields whose changes it tells.
pub fn fields() -> Vec<String> {
    FIELDS.map(str::to_owned).into()
}

fn open_sessions(person: &PersonRow) -> String {
    counts::of(person.sessions, ("open session", "open sessions"))
}

/// A person as a line of the list.
pub fn line(card: Card, person: &PersonRow, zone: &Zone, now: OffsetDateTime) -> Card {
    let last = person.last_login_at.map_or("never signed in".into(), |at| format!("last {}", zone.stamp(at).short));
    let lent: Vec<&str> = person.lent.iter().map(|code| right_name(code)).collect();
    let lent = if lent.is_empty() { String::new() } else { format!(". For a time: {}", lent.join(", ")) };
    let remark = format!(
        "{}. Second factor: {}. {}, {last}{lent}",
        role_name(&person.role),
        person.factor(zone, now),
        open_sessions(person)
    );
    card.row(&format!("/staff/{}", person.id), &person.name(), Standing::of(person, now).badge(), &remark, "")
}

/// Requests that nobody has decided.
pub fn waiting(requests: &[RequestRow], zone: &Zone, now: OffsetDateTime) -> Card {
    requests.iter().fold(Card::new("waiting", "Rights that were asked for"), |card, request| {
        let name = format!("{}: {}", request.who, right_name(&request.right_name));
        card.row(&format!("/staff/{}", request.user_id), &name, request.badge(now), &request.remark(zone), "")
    })
}

/// Who it is.
pub fn person(person: &PersonRow, zone: &Zone, now: OffsetDateTime) -> Card {
    let locked = person.locked_until.filter(|until| *until > now);
    Card::new("person", "Person")
        .fact("E-mail address", &person.email)
        .time("Here since", &zone.stamp(person.created_at))
        .some_time("Locked until", locked.map(|at| zone.stamp(at)).as_ref())
}

/// The role, since when and from whom; `given` is the last change of it that the audit trail knows.
pub fn role(person: &PersonRow, given: Option<&ChangeRow>, zone: &Zone) -> Card {
    let role = Role::parse(&person.role);
    Card::new("role", "Role")
        .fact("Role", role_name(&person.role))
        .some("What for", role.map(Role::purpose))
        .time("Since", &zone.stamp(person.role_since))
        .some("Given by", given.map(actor).as_deref())
        .some("Why", given.and_then(|change| change.reason.as_deref()))
}

/// The second factor.
pub fn factor(person: &PersonRow, zone: &Zone, now: OffsetDateTime) -> Card {
    Card::new("factor", "Second factor").fact("Authenticator app", &person.factor(zone, now))
}

/// Where they are signed in.
pub fn sessions(person: &PersonRow, zone: &Zone) -> Card {
    let card = Card::new("sessions", "Sessions").fact("Now", &open_sessions(person));
    card.some_time("Last use", person.last_use.map(|at| zone.stamp(at)).as_ref())
        .some_time("Last sign-in", person.last_login_at.map(|at| zone.stamp(at)).as_ref())
}

/// Rights for a time, those that wait and those in force with what can be done about them.
pub fn rights(me: &Me, requests: &[RequestRow], zone: &Zone, now: OffsetDateTime) -> Card {
    let mut card = Card::new("rights", "Rights for a time");
    if requests.is_empty() {
        return card.remark("This person never asked for one.");
    }
    let mut is_apart = false;
    for request in requests {
        let act = |label: &str, icon: &str, act: &str, why_not: Option<String>| Act {
            label: format!("{label} “{}”", right_name(&request.right_name)),
            icon: icon.into(),
            to: if why_not.is_none() {
                format!("/staff/{}?act={act}&request={}", request.user_id, request.id)
            } else {
                String::new()
            },
            why_not: why_not.unwrap_or_default(),
            ..Act::default()
        };
        if is_apart {
            card = card.gap();
        }
        card = card.row(
            "",
            right_name(&request.right_name),
            request.badge(now),
            &request.remark(zone),
            &request.end(zone, now),
        );
        is_apart = true;
        if request.state == "asked" {
            let why_not = why_not_decide(me, request.user_id, Right::parse(&request.right_name));
            card = card.act(&act("Grant", "check", "grant", why_not.clone()));
            if why_not.is_none() {
                card = card.act(&act("Refuse", "x", "refuse", None));
            }
        } else if request.is_in_force(now) {
            card = card.act(&act("End", "circle-stop", "end", why_not_end(me, request.user_id)));
        } else {
            is_apart = false;
        }
    }
    card
}

/// The caller's own, with what can be done about them.
pub fn own_rights(me: &Me, requests: &[RequestRow], zone: &Zone, now: OffsetDateTime) -> Card {
    let mut card = Card::new("mine", "Your rights for a time").remark(&format!(
        "You are {}. A right that your role doesn’t have can be granted to you for some hours: ask beside it below.",
        me.role.label()
    ));
    for request in requests {
        let name = right_name(&request.right_name);
        card = card.row("", name, request.badge(now), &request.remark(zone), &request.end(zone, now));
        let button = match request.state.as_str() {
            "asked" => Some(("undo-2", format!("Take back “{name}”"))),
            "granted" if request.is_in_force(now) => Some(("undo-2", format!("Give back “{name}”"))),
            _ => None,
        };
        if let Some((icon, label)) = button {
            let hidden = ("end", request.id.to_string());
            card = card.button(("", icon, &label), EndRight::PATH, &request.right_name, (hidden.0, &hidden.1));
        }
    }
    card
}

/// Sign-ins, and what failed.
pub fn activity(rows: &[ActivityRow], zone: &Zone) -> Card {
    let card = Card::new("activity", "Sign-ins");
    if rows.is_empty() {
        return card.remark("Nothing was noted yet.");
    }
    rows.iter().fold(card, |card, row| {
        let (words, failed) = ACTIONS
            .iter()
            .find(|(code, ..)| *code == row.action)
            .map_or((row.action.as_str(), false), |(_, words, failed)| (*words, *failed));
        let badge = if failed { ("badge bad", "Failed") } else { ("", "") };
        let from = row.address.as_deref().map(|address| format!("from {address}")).unwrap_or_default();
        card.row("", words, badge, &from, &zone.stamp(row.at).short)
    })
}

/// What was changed of the person, by whom.
pub fn changes(rows: &[ChangeRow], zone: &Zone) -> Card {
    let card = Card::new("changes", "What was changed");
    if rows.is_empty() {
        return card.remark("Nothing since the audit trail began.");
    }
    rows.iter().fold(card, |card, row| {
        let why = row.reason.as_deref().filter(|why| !why.is_empty()).map(|why| format!(": “{why}”"));
        let by = format!("by {}{}", actor(row), why.unwrap_or_default());
        card.row("", &what(row), ("", ""), &by, &zone.stamp(row.at).short)
    })
}

/// A change in words.
fn what(row: &ChangeRow) -> String {
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
            "suspended" => "suspended".into(),
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
    if has("locked_until") {
        words.push(if side("locked_until", 1).is_null() { "unlocked".into() } else { "locked".into() });
    }
    let words = words.join(", ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Who it was, for people.
fn actor(row: &ChangeRow) -> String {
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
    }
}
