//! The page where an account gets another one, as data.

use super::{
    act, cards, path,
    rules::{self, Side},
    store::{self, Facts, Marks},
};
use crate::{
    auth::{
        guard::{Ctx, missing},
        model::{Role, Sight, address_sight, contact_sight},
    },
    cards::Card,
    error::AppError,
    list::model::Query,
    record::Record,
    sheet::Act,
    users::{
        find::{LEAST_PHONE, Who, people},
        person::{
            path as page_of,
            sight::Sights,
            store::{Head, head, note_view},
            told::badge,
        },
    },
};
use uuid::Uuid;

/// Suggestions, and people found.
const FEW: u8 = 10;

impl Side {
    /// Of a person's page.
    pub fn of(head: &Head) -> Self {
        Self {
            id: head.id,
            name: head.name(),
            role: head.role.clone(),
            status: head.status.clone(),
            is_merged: head.merged_into.is_some(),
        }
    }
}

/// `/users/{id}/merge`: whom to merge it with, or with `with` both side by side.
///
/// # Errors
/// [`AppError::NotFound`] when no customer has that id, and when the database says no.
pub async fn page(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (way, query) = Query::of_address(address);
    let id: Uuid = way.split('/').nth(2).unwrap_or_default().parse().map_err(|_| missing())?;
    let kept = head(ctx, id).await?;
    if kept.role != Role::Customer.code() {
        return Err(missing());
    }
    note_view(ctx, id).await?;
    let record = Record {
        title: format!("Merge an account into that of {}", kept.name()),
        badge: badge(&kept, ctx.state.clock.now())?,
        links: vec![("arrow-left".into(), kept.name(), page_of(id))],
        ..Record::default()
    };
    let with = query.get("with");
    if with.is_empty() {
        return choose(ctx, record, &kept, &query, "").await;
    }
    let other = match with.parse() {
        Ok(other) => found(head(ctx, other).await)?,
        Err(_) => None,
    };
    // colleagues aren't merged, and not everybody may know of them
    match other.filter(|other| other.role == Role::Customer.code()) {
        Some(other) if other.id == id => {
            choose(ctx, record, &kept, &query, "This is the same account. Choose another one.").await
        }
        Some(other) => {
            note_view(ctx, other.id).await?;
            compare(ctx, record, &kept, &other, &query).await
        }
        None => choose(ctx, record, &kept, &query, "No customer has this id.").await,
    }
}

fn found(head: Result<Head, AppError>) -> Result<Option<Head>, AppError> {
    match head {
        Ok(head) => Ok(Some(head)),
        Err(AppError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Suggestions, and a box to look for others.
async fn choose(ctx: &Ctx, record: Record, kept: &Head, query: &Query, told: &str) -> Result<Record, AppError> {
    let (db, role, text) = (&ctx.state.db, ctx.me.role, query.get("q").trim());
    let card = Card::new("choose", "Choose the other account").wide();
    let card = if told.is_empty() { card } else { card.remark(told) };
    if let Some(why) = rules::why_never(&Side::of(kept)) {
        let card = card.remark(&format!("This account can’t be merged: {why}"));
        return Ok(Record { cards: vec![cards::rules(), card], ..record });
    }
    let label = "E-mail, phone, name, or the address of the other account’s page";
    let card = card.find(&path(kept.id), label, text, ("", ""));
    let card = if text.is_empty() {
        card
    } else {
        match who(text, contact_sight(role)) {
            Err(why) => card.remark(&why),
            Ok(who) => {
                let ids = people(db, &who, usize::from(FEW)).await?;
                let rows = store::named(db, kept.id, &ids).await?;
                if rows.is_empty() {
                    card.remark(&format!("No other customer was found by “{text}”."))
                } else {
                    let is_more = ids.len() > usize::from(FEW);
                    let card = cards::people(card, kept.id, &rows, role)?;
                    if is_more { card.remark("There are more: type more of it.") } else { card }
                }
            }
        }
    };
    let rows = store::candidates(db, kept.id, &marks(kept, role), FEW.into()).await?;
    let likely = Card::new("likely", "Likely the same customer").wide();
    let likely = if rows.is_empty() {
        likely.remark("Nobody has the same phone number, name, address or e-mail address but for dots.")
    } else {
        cards::people(likely, kept.id, &rows, role)?
    };
    Ok(Record { cards: vec![cards::rules(), card, likely], ..record })
}

/// What a customer is compared by, as far as this role sees it.
fn marks(kept: &Head, role: Role) -> Marks {
    let sees_contact = contact_sight(role) != Sight::Hidden;
    let digits: String =
        kept.phone_number.iter().flat_map(|number| number.chars()).filter(char::is_ascii_digit).collect();
    // its end, because a country's code is written by some and not by others
    let end = digits.len().saturating_sub(9);
    let phone = (sees_contact && digits.len() >= LEAST_PHONE).then(|| format!("%{}", &digits[end..]));
    let name = crate::users::find::part(&kept.name().to_lowercase());
    Marks {
        phone,
        name: name.trim_matches('%').to_owned(),
        email: sees_contact.then(|| rules::core_of(&kept.email)),
        with_addresses: address_sight(role, false) != Sight::Hidden,
    }
}

/// Who is looked for: the id in what was typed, an e-mail address, a phone number, or a name.
fn who(text: &str, contact: Sight) -> Result<Who, String> {
    let id = text.split(['/', '?', '=', '&', '#']).find_map(|part| part.parse::<Uuid>().ok());
    if let Some(id) = id {
        return Ok(Who::Ids(vec![id]));
    }
    Who::read(contact, text)
}

/// Both side by side, what moves, and the form.
async fn compare(ctx: &Ctx, record: Record, kept: &Head, other: &Head, query: &Query) -> Result<Record, AppError> {
    let (db, zone) = (&ctx.state.db, ctx.zone());
    let (kept_facts, other_facts, belongings) = tokio::try_join!(
        store::facts(db, kept.id),
        store::facts(db, other.id),
        store::belongings(db, kept.id, other.id)
    )?;
    let (mut moves, doubles) = belongings;
    moves.insert("orders".into(), other_facts.at_hand);
    let sights = [Sights::of(ctx, kept), Sights::of(ctx, other)];
    let why_not = why_not(kept, other, &other_facts);
    let here = format!("{}?with={}", path(kept.id), other.id);
    let merge = Act {
        place: "sides".into(),
        label: "Merge".into(),
        icon: "users".into(),
        to: if why_not.is_none() { format!("{here}&act=merge") } else { String::new() },
        why_not: why_not.clone().unwrap_or_default(),
    };
    let side_by_side =
        cards::side_by_side([kept, other], [&sights[0], &sights[1]], [&kept_facts, &other_facts], &zone)?
            .act(&merge)
            .act(&Act::link("Let the other one stay", "refresh-cw", format!("{}?with={}", path(other.id), kept.id)))
            .act(&Act::link("Choose another account", "search", path(kept.id)));
    let archived = (i64::from(other_facts.orders) - other_facts.at_hand).max(0);
    let what_moves = cards::what_moves(&moves, &doubles, archived);
    let sheet =
        (query.get("act") == "merge").then(|| act::sheet([kept, other], &sights, (&moves, &doubles), &here, why_not));
    let links = [record.links, vec![("user".into(), format!("{} (goes)", other.name()), page_of(other.id))]].concat();
    let title = format!("Merge {} into {}", other.name(), kept.name());
    Ok(Record { title, links, cards: vec![cards::rules(), side_by_side, what_moves], sheet, ..record })
}

fn why_not(kept: &Head, other: &Head, other_facts: &Facts) -> Option<String> {
    rules::why_not(&Side::of(kept), &Side::of(other)).or_else(|| rules::why_too_many(other_facts.at_hand))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_or_pasted_names_a_person() {
        let id = Uuid::from_u128(7);
        for text in [id.to_string(), format!("https://shop.example/users/{id}?part=orders"), format!("/users/{id}")] {
            assert_eq!(who(&text, Sight::Hidden), Ok(Who::Ids(vec![id])), "{text}");
        }
        assert_eq!(who("A@mail.example", Sight::Masked), Ok(Who::Email("a@mail.example".into())));
        assert_eq!(who("040 5550218", Sight::Masked), Ok(Who::Phone("405550218".into())));
        assert_eq!(who("Ada Alt", Sight::Masked), Ok(Who::Name(vec!["ada".into(), "alt".into()])));
        assert!(
            who("ada@", Sight::Masked).is_err()
                && who("a@b.de", Sight::Hidden).is_err()
                && who("%", Sight::Full).is_err()
        );
    }
}
