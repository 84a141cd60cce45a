//! The pages of staff, as data.

use super::{
    acts::{self, Change},
    invite,
    requests::{ask_sheet, decision_sheet},
    store::{self, Find, PersonRow},
    told,
};
use crate::{
    auth::{
        activity,
        guard::{Ctx, missing},
        model::{Right, Role},
    },
    cards::Card,
    error::AppError,
    list::model::Query,
    record::Record,
    sheet::Act,
    users::changes,
};
use uuid::Uuid;

/// People of a page.
const PAGE: i64 = 50;
/// Requests that wait, at most so many are shown.
const WAITING: i64 = 50;
/// Entries of the lists of one person.
const ENTRIES: i64 = 20;
/// Longest text that is looked for.
const LONGEST: usize = 100;

/// `/staff`.
///
/// # Errors
/// When the database says no.
pub async fn staff(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (_, query) = Query::of_address(address);
    let (db, now, zone) = (&ctx.state.db, ctx.state.clock.now(), ctx.zone());
    let role = Role::STAFF.into_iter().find(|role| role.code() == query.get("role"));
    let text: String = query.get("q").trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let find = Find {
        id: None,
        text: text.to_lowercase(),
        role: role.map_or("", Role::code).to_owned(),
        after: query.get("after").parse().ok(),
        limit: PAGE + 1,
    };
    let mut people = store::people(db, &find, now).await?;
    let most = usize::try_from(PAGE).unwrap_or_default();
    let is_more = people.len() > most;
    people.truncate(most);
    let own = query.without(&["act", "after"]);
    let here = |query: Query| query.address("/staff");

    let mut cards = Vec::new();
    let waiting = store::requests(db, None, true, WAITING).await?;
    if !waiting.is_empty() && query.get("after").is_empty() {
        cards.push(told::waiting(&waiting, &zone, now));
    }
    let mut card = Card::new("people", "Everybody").find("/staff", "Name or address", &text, ("role", &find.role));
    let filter = |label: &str, code: &str| {
        let icon = if code == find.role { "check" } else { "filter" };
        Act::link(label, icon, here(own.with("role", code)))
    };
    card = card.act(&filter("All roles", ""));
    for role in Role::STAFF {
        card = card.act(&filter(role.label(), role.code()));
    }
    card = card.gap();
    for person in &people {
        card = told::line(card, person, &zone, now);
    }
    if people.is_empty() {
        card = card.remark("Nobody fits this. Look for a part of a name or an address, with all roles.");
    }
    if !query.get("after").is_empty() {
        card = card.gap().act(&Act::link("First page", "chevron-left", here(own.clone())));
    }
    if let Some(last) = people.last().filter(|_| is_more) {
        card = card.gap().act(&Act::link("Next page", "chevron-right", here(own.with("after", &last.id.to_string()))));
    }
    cards.push(card);
    let why_not = invite::why_not(&ctx.me);
    let links = match &why_not {
        None => vec![("user-plus".into(), "Invite".into(), here(own.with("act", "invite")))],
        Some(_) => Vec::new(),
    };
    if let Some(why_not) = why_not {
        cards.push(Card::new("invite", "New colleagues").act(&Act {
            label: "Invite".into(),
            icon: "user-plus".into(),
            why_not,
            ..Act::default()
        }));
    }
    let sheet = (query.get("act") == "invite").then(|| invite::sheet(&ctx.me, here(own)));
    Ok(Record { title: "Staff".into(), links, cards, sheet, ..Record::default() })
}

async fn find(ctx: &Ctx, id: Uuid) -> Result<PersonRow, AppError> {
    let find = Find { id: Some(id), limit: 1, ..Find::default() };
    let found = store::people(&ctx.state.db, &find, ctx.state.clock.now()).await?;
    found.into_iter().next().ok_or_else(missing)
}

/// `/staff/{id}`.
///
/// # Errors
/// [`AppError::NotFound`] when nobody of that id works here, and when the database says no.
pub async fn person(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (path, query) = Query::of_address(address);
    let id: Uuid = path.rsplit('/').next().unwrap_or_default().parse().map_err(|_| missing())?;
    let (db, now, zone) = (&ctx.state.db, ctx.state.clock.now(), ctx.zone());
    let person = find(ctx, id).await?;
    let fields = changes::fields();
    let (entries, changed, requests) = tokio::try_join!(
        activity::latest(db, id, now),
        changes::latest(db, id, &fields, ENTRIES),
        store::requests(db, Some(id), false, ENTRIES),
    )?;
    let given = changed.iter().find(|change| change.changed.get("role").is_some());
    let act = query.get("act");
    let sheet = match (Change::parse(act), query.get("request").parse::<Uuid>()) {
        (Some(change), _) => acts::sheet(&ctx.me, &person, change, now),
        (None, Ok(asked)) => requests
            .iter()
            .find(|request| request.id == asked)
            .and_then(|request| decision_sheet(&ctx.me, request, act, now)),
        (None, Err(_)) => None,
    };
    let acts = acts::offered(&ctx.me, &person, now);
    let (class, words) = super::model::Standing::of(&person, now).badge();
    Ok(Record {
        title: person.name(),
        badge: (class.into(), words.into()),
        links: vec![("arrow-left".into(), "All staff".into(), "/staff".into())],
        cards: vec![
            told::person(&person, &zone, now).acts(&acts),
            told::role(&person, given, &zone).acts(&acts),
            told::factor(&person, &zone, now).acts(&acts),
            told::sessions(&person, &zone).acts(&acts),
            told::rights(&ctx.me, &requests, &zone, now),
            activity::card(&entries, &zone, |ip| ip.unwrap_or("Unknown place").to_owned()).wide(),
            changes::card(&changed, &zone, |_| String::new()).wide(),
        ],
        sheet,
        ..Record::default()
    })
}

/// What stands at the head of `/settings/roles`: the caller's own rights for a time.
///
/// # Errors
/// When the database says no.
pub async fn my_rights(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (_, query) = Query::of_address(address);
    let (now, zone) = (ctx.state.clock.now(), ctx.zone());
    let requests = store::requests(&ctx.state.db, Some(ctx.me.id), false, ENTRIES).await?;
    let mut links = Vec::new();
    if ctx.me.may(Right::ReadStaff) {
        links.push(("id-card".into(), "Staff".into(), "/staff".into()));
    }
    Ok(Record {
        title: "Roles and rights".into(),
        links,
        cards: vec![told::own_rights(&ctx.me, &requests, &zone, now)],
        sheet: ask_sheet(&ctx.me, query.get("ask")),
        ..Record::default()
    })
}
