//! The cards of the pages of staff, in words.

use super::{
    api::EndRight,
    model::{Standing, right_name},
    requests::{why_not_decide, why_not_end},
    store::{PersonRow, RequestRow},
};
use crate::{
    auth::model::{Me, Right, Role, role_name},
    cards::Card,
    list::counts,
    sheet::Act,
    stamp::Zone,
    users::changes::{self, ChangeRow},
};
use server_fn::ServerFn;
use time::OffsetDateTime;

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
        .some("Given by", given.map(changes::actor).as_deref())
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
