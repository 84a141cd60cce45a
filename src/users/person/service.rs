//! The page of a person, as data.

use super::{acts, history, notes, parts::Part, sight::Sights, store, told, undo};
use crate::{
    account::store::browsers,
    audit,
    auth::{
        activity, device,
        guard::{Ctx, missing},
        model::{Right, Role},
    },
    cards::Card,
    error::AppError,
    list::{counts, model::Query},
    privacy,
    record::Record,
    sheet::Act,
    stamp::Zone,
    users::{changes, merge},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Entries of the lists of one part.
const ENTRIES: i64 = 50;
/// Orders on the overview.
const FEW: i64 = 5;
/// Orders of a page of their part.
const PAGE: usize = 25;

/// `/users/{id}`.
///
/// # Errors
/// [`AppError::NotFound`] when there is nobody of that id, or a colleague whom the reader's role doesn't see, and when the
/// database says no.
pub async fn person(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (path, query) = Query::of_address(address);
    let id: Uuid = path.rsplit('/').next().unwrap_or_default().parse().map_err(|_| missing())?;
    let part = Part::parse(query.get("part"));
    // both at once: the part needs nothing of the head but whether it may be seen
    let (head, cards) = tokio::try_join!(store::head(ctx, id), cards_of(ctx, id, part, &query))?;
    let is_colleague = head.role != Role::Customer.code();
    if is_colleague && !ctx.me.may(Right::ReadStaff) {
        return Err(missing());
    }
    store::note_view(ctx, id).await?;
    let (now, zone) = (ctx.state.clock.now(), ctx.zone());
    let acts = acts::offered(ctx, &head);
    let mut set_back = None;
    let cards = match cards {
        Cards::Overview(values, orders) => {
            let orders = told::orders(&orders, &zone)?;
            let sights = Sights::of(ctx, &head);
            let mut cards =
                vec![told::profile(&head, &sights)?.acts(&acts), told::standing(&head, &zone, now)?.acts(&acts)];
            cards.extend(merge::merges(&head, &acts, &zone));
            cards.push(told::value(&values, &zone));
            cards.push(notes::card(&ctx.me, &head, &zone).wide());
            cards.push(orders.wide());
            cards
        }
        Cards::Ready(cards) => cards,
        Cards::Addresses(rows, methods) => {
            vec![told::addresses(&rows, &Sights::of(ctx, &head)).acts(&acts), told::methods(&methods)]
        }
        Cards::History(rows, reveals, views) => {
            let then = |at: OffsetDateTime| format!("/users/{id}?part=history&at={}", Zone::exact(at));
            let changed = changes::card(&rows, &zone, then).wide().acts(&undo::offered(ctx, &head, &rows));
            let mut cards = vec![changed, told::reveals(&reveals, &zone), told::views(&views, &zone)];
            set_back = undo::sheet(ctx, &head, &rows, query.get("act")).await?;
            if let Some(at) = history::moment(&zone, query.get("at")) {
                cards.insert(0, history::as_it_was(ctx, &head, at).await?.wide());
            }
            cards.extend(merge::merges(&head, &acts, &zone));
            cards
        }
    };
    let sheet = match query.get("act") {
        "note" => Some(notes::sheet(&head)),
        act => match (act.strip_prefix(merge::undo::ACT), set_back) {
            (Some(id), _) => merge::undo::sheet(ctx, &head, id).await?,
            (None, Some(sheet)) => Some(sheet),
            (None, None) => match acts::sheet(ctx, &head, act) {
                None if !is_colleague => privacy::sheets::sheet(ctx, &head, act).await?,
                sheet => sheet,
            },
        },
    };
    let mut links = vec![("arrow-left".into(), "All users".into(), "/users".into())];
    if !is_colleague && head.status == "active" && ctx.me.may(Right::PlaceOrders) {
        links.push(("plus".into(), "New order".into(), format!("/orders/new?customer={id}")));
    }
    if is_colleague {
        links.push(("id-card".into(), "What this colleague may do".into(), format!("/staff/{id}")));
    }
    if part == Part::History && ctx.me.may(Right::ReadAudit) {
        // this page has it as it was before the moment, that one with what happened in it
        let before = history::moment(&zone, query.get("at")).map(|at| at - Duration::MICROSECOND);
        let to = audit::record::address("users", &id.to_string(), before);
        links.push(("activity".into(), "In the audit trail".into(), to));
    }
    Ok(Record {
        title: head.name(),
        badge: told::badge(&head, now)?,
        links,
        tabs: part.tabs(path),
        cards,
        sheet,
        is_live: false,
    })
}

/// What a part shows, before it is known what of it the reader sees.
enum Cards {
    Overview(Vec<store::Value>, Vec<store::OrderRow>),
    Addresses(Vec<store::AddressRow>, Vec<store::MethodRow>),
    History(Vec<changes::ChangeRow>, Vec<store::RevealRow>, Vec<store::ViewRow>),
    Ready(Vec<Card>),
}

async fn cards_of(ctx: &Ctx, id: Uuid, part: Part, query: &Query) -> Result<Cards, AppError> {
    let (db, now, zone) = (&ctx.state.db, ctx.state.clock.now(), ctx.zone());
    Ok(match part {
        Part::Overview => {
            let (values, orders) = tokio::try_join!(store::values(db, id), store::orders(db, id, None, FEW))?;
            Cards::Overview(values, orders)
        }
        Part::Orders => {
            let before = query.get("before").parse().ok();
            let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
            let orders = store::orders(db, id, before, limit + 1).await?;
            Cards::Ready(vec![order_page(&orders, id, before, &zone)?])
        }
        Part::Money => Cards::Ready(vec![told::money(&store::money(db, id, ENTRIES).await?, &zone)]),
        Part::Reviews => Cards::Ready(vec![told::reviews(&store::reviews(db, id, ENTRIES).await?, &zone)]),
        Part::Cart => Cards::Ready(told::wanted(&store::wanted(db, id, 2 * ENTRIES).await?, &zone).into()),
        Part::Addresses => {
            let (rows, methods) = tokio::try_join!(store::addresses(db, id), store::methods(db, id))?;
            Cards::Addresses(rows, methods)
        }
        Part::Activity => {
            let (open, entries) = tokio::try_join!(browsers(db, id, &[], now), activity::latest(db, id, now))?;
            let sessions = open.iter().fold(Card::new("sessions", "Open sessions"), |card, session| {
                let browser = device::in_words(session.user_agent.as_deref().unwrap_or_default());
                let since = format!(
                    "since {}, last used {}",
                    zone.stamp(session.created_at).short,
                    zone.stamp(session.last_seen_at).short
                );
                card.row("", &browser, ("", ""), &since, session.ip.as_deref().unwrap_or_default())
            });
            let sessions = if open.is_empty() { sessions.remark("None.") } else { sessions };
            let place = |ip: Option<&str>| ip.unwrap_or("Unknown place").to_owned();
            Cards::Ready(vec![sessions, activity::card(&entries, &zone, place)])
        }
        Part::History => {
            let fields = changes::fields();
            let (rows, reveals, views) = tokio::try_join!(
                changes::latest(db, id, &fields, ENTRIES),
                store::reveals(db, id, ENTRIES),
                store::views(db, id, ENTRIES)
            )?;
            Cards::History(rows, reveals, views)
        }
    })
}

fn order_page(rows: &[store::OrderRow], id: Uuid, before: Option<Uuid>, zone: &Zone) -> Result<Card, AppError> {
    let is_more = rows.len() > PAGE;
    let rows = &rows[..rows.len().min(PAGE)];
    let mut card = told::orders(rows, zone)?.gap();
    if before.is_some() {
        card = card.act(&Act::link("Newest", "chevron-left", format!("/users/{id}?part=orders")));
    }
    if let Some(last) = rows.last().filter(|_| is_more) {
        let label = format!(
            "Older than these {}",
            counts::of(i64::try_from(rows.len()).unwrap_or_default(), ("order", "orders"))
        );
        card = card.act(&Act::link(&label, "chevron-right", format!("/users/{id}?part=orders&before={}", last.id)));
    }
    Ok(card)
}
