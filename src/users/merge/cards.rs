//! The cards of the page where two accounts are merged, and that of the merges on a person's page.

use super::{
    path,
    rules::{Counts, TABLES, in_words},
    store::{Candidate, Facts, Merge},
};
use crate::{
    auth::model::{Role, Sight, contact_sight, mask_email},
    cards::Card,
    error::AppError,
    list::counts,
    money::Money,
    server::texts::capitalised,
    sheet::Act,
    stamp::Zone,
    users::{
        person::{
            path as page_of,
            sight::{Sights, Value},
            store::Head,
        },
        standing::status_of,
    },
};
use uuid::Uuid;

/// People to choose from, each leading to both side by side.
///
/// # Errors
/// When this version doesn't know a status.
pub fn people(card: Card, id: Uuid, rows: &[Candidate], role: Role) -> Result<Card, AppError> {
    let mut card = card;
    for row in rows {
        let status = status_of(&row.status)?;
        let mut about = vec![match contact_sight(role) {
            Sight::Full => row.email.clone(),
            Sight::Masked => mask_email(&row.email),
            Sight::Hidden => String::new(),
        }];
        let same: Vec<&str> = row.same.iter().map(|what| in_common(what)).collect();
        if !same.is_empty() {
            about.push(format!("same {}", same.join(" and ")));
        }
        about.retain(|text| !text.is_empty());
        let to = format!("{}?with={}", path(id), row.id);
        let orders = counts::of(row.orders.into(), ("order", "orders"));
        card = card.row(&to, &row.name, (status.badge(), status.label()), &about.join(", "), &orders);
    }
    Ok(card)
}

fn in_common(what: &str) -> &str {
    match what {
        "email" => "e-mail address but for dots and what follows a plus",
        "phone" => "phone number",
        "address" => "street and postal code",
        other => other,
    }
}

/// A value of both, as this colleague sees it; nothing when it is hidden.
pub fn shown(sights: &Sights, value: Value, text: Option<&str>) -> Option<String> {
    match text {
        _ if sights.see(value) == Sight::Hidden => None,
        None | Some("") => Some("None".into()),
        Some(text) => sights.show(value, text),
    }
}

/// Both accounts: the one that stays, the one that goes.
///
/// # Errors
/// When this version doesn't know a status.
pub fn side_by_side(
    [kept, merged]: [&Head; 2],
    [kept_sights, merged_sights]: [&Sights; 2],
    [kept_facts, merged_facts]: [&Facts; 2],
    zone: &Zone,
) -> Result<Card, AppError> {
    let mut rows: Vec<[String; 3]> = Vec::new();
    let mut row = |label: &str, kept: String, merged: String| rows.push([label.to_owned(), kept, merged]);
    let none = || "None".to_owned();
    row("Name", kept.name(), merged.name());
    let birth = |head: &Head| head.date_of_birth.map(|day| day.to_string());
    let personal = [
        (Value::Email, "E-mail", Some(kept.email.clone()), Some(merged.email.clone())),
        (Value::Phone, "Phone", kept.phone_number.clone(), merged.phone_number.clone()),
        (Value::Birth, "Date of birth", birth(kept), birth(merged)),
    ];
    for (value, label, of_kept, of_merged) in personal {
        let both = (shown(kept_sights, value, of_kept.as_deref()), shown(merged_sights, value, of_merged.as_deref()));
        if let (Some(of_kept), Some(of_merged)) = both {
            row(label, of_kept, of_merged);
        }
    }
    let confirmed = |head: &Head| if head.email_verified { "Yes" } else { "No" }.to_owned();
    row("E-mail confirmed", confirmed(kept), confirmed(merged));
    row("Status", status_of(&kept.status)?.label().into(), status_of(&merged.status)?.label().into());
    let country = |head: &Head| head.country.clone().unwrap_or_else(none);
    row("Country", country(kept), country(merged));
    let tags = |head: &Head| if head.tags.is_empty() { none() } else { head.tags.join(", ") };
    row("Tags", tags(kept), tags(merged));
    row("Here since", zone.stamp(kept.created_at).short, zone.stamp(merged.created_at).short);
    let seen = |head: &Head| head.last_login_at.map_or_else(|| "Never".to_owned(), |at| zone.stamp(at).short);
    row("Last sign-in", seen(kept), seen(merged));
    row("Orders", counts::grouped(kept_facts.orders.into()), counts::grouped(merged_facts.orders.into()));
    let spent = |facts: &Facts| match &facts.currency {
        Some(currency) => Money::from_numeric(facts.spent, currency).to_string(),
        None => "Nothing".to_owned(),
    };
    row("Spent", spent(kept_facts), spent(merged_facts));
    let heads = ["Value", "This account stays", "This one goes"];
    Ok(Card::new("sides", "Side by side").wide().sides(heads, &rows))
}

/// What moves, and what stays where it is because the account that stays has the like.
pub fn what_moves(moves: &Counts, doubles: &Counts, archived: i64) -> Card {
    let number = |numbers: &Counts, table: &str| numbers.get(table).copied().unwrap_or_default();
    let mut rows = Vec::new();
    for (table, (_, many)) in TABLES {
        let left = match (table, archived) {
            ("orders", 0) => 0,
            ("orders", archived) => archived,
            _ => number(doubles, table),
        };
        let moving = number(moves, table);
        if moving + left > 0 {
            rows.push([capitalised(many), counts::grouped(moving), counts::grouped(left)]);
        }
    }
    let card = Card::new("moves", "What moves").wide();
    if rows.is_empty() {
        return card.remark("Nothing: the account that goes has no orders, reviews, addresses or other things.");
    }
    let card = card.table(["What", "Go along", "Stay with the old account"], &rows);
    let has_doubles = doubles.values().any(|number| *number > 0);
    let card = if has_doubles {
        card.remark("Doubles stay: the same address, card, wish or line of a cart, and a second review of one product.")
    } else {
        card
    };
    if archived > 0 { card.remark("Orders of months in the archive stay where they are.") } else { card }
}

/// How it is done.
pub fn rules() -> Card {
    let points = [
        "The account that stays keeps its e-mail address and password; name, phone and date of birth can be chosen.",
        "The other account is deleted softly: nobody signs in with it, its address can't be used for a new account, and orders that come with it are placed for the account that stays.",
        "Orders keep the name and contact that they were placed with.",
        "For a day the merge can be undone from the page of either account.",
    ];
    Card::new("rules", "What a merge does").points(&points.map(str::to_owned))
}

/// The merges that a person's account was part of; nothing when there are none.
pub fn merges(head: &Head, acts: &[Act], zone: &Zone) -> Option<Card> {
    if head.merges.is_empty() {
        return None;
    }
    let card = head.merges.iter().fold(Card::new("merges", "Merged accounts"), |card, merge| {
        let (to, words) = words(head.id, merge);
        let badge = if merge.undone_at.is_some() { ("badge done", "Undone") } else { ("", "") };
        let moved = in_words(&merge.moved).map(|moved| format!(" Moved: {moved}."));
        let undone = merge.undone_at.zip(merge.undone_by.as_ref());
        let undone = undone.map(|(at, by)| format!(" Undone by {by}, {}.", zone.stamp(at).short));
        let about =
            format!("By {}: “{}”{}{}", merge.by, merge.reason, moved.unwrap_or_default(), undone.unwrap_or_default());
        card.row(&page_of(to), &words, badge, &about, &zone.stamp(merge.at).short)
    });
    Some(card.gap().acts(acts))
}

/// The other account of a merge, and what happened seen from this one.
fn words(id: Uuid, merge: &Merge) -> (Uuid, String) {
    if merge.kept_id == id {
        (merge.merged_id, format!("{} was merged into this account", merge.merged))
    } else {
        (merge.kept_id, format!("Merged into {}", merge.kept))
    }
}
