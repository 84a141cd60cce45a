//! What happened to an order, in words, as one role may read it.

use super::{
    acts::OwnNote,
    model::{DISPOSITIONS, Event, NoteActs, Status},
    service::status_of,
    sight::{Sights, Value},
    store::EventRow,
    undo,
};
use crate::{
    auth::{guard::Ctx, model::Sight},
    error::AppError,
    list::model::Query,
    money::Money,
    stamp::{Stamp, Zone},
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What a row of `store::events` holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// The order moved, or was placed.
    Moved { from: Option<String>, to: String, reason: Option<String> },
    /// Somebody wrote a note.
    Noted(Noted),
    /// A payment was begun.
    Paid(Paid),
    /// Money was given back, or is about to be.
    Refunded { status: String, amount: Decimal, reason: String },
    /// Goods came back.
    Returned { reason: String, items: Option<Vec<(i32, String, String)>> },
    /// Pieces left in a parcel.
    Parcel(Parcel),
    /// A mail to the customer.
    Mailed { recipient: String, sent: bool, waits: bool, error: Option<String> },
    /// Stock moved.
    Stock { movement: String, quantity: i32, place: String, sku: Option<String> },
    /// Fields of the order changed.
    Changed {
        number: i64,
        changed: Map<String, Json>,
        personal: Map<String, Json>,
        people: Option<HashMap<String, String>>,
    },
    /// Somebody saw a masked value.
    Revealed { field: String, reason: String },
    /// Another order of the customer.
    Other { id: Uuid, number: String, status: String, total: Decimal, currency: String },
}

/// A note.
#[derive(Clone, Debug, Deserialize)]
pub struct Noted {
    id: Uuid,
    body: String,
    version: i32,
    pinned: bool,
    deleted: bool,
    edited: bool,
}

/// A payment.
#[derive(Clone, Debug, Deserialize)]
pub struct Paid {
    pub status: String,
    pub failure: Option<String>,
    pub method: String,
    pub amount: Decimal,
    pub reference: String,
}

/// A parcel.
#[derive(Clone, Debug, Deserialize)]
pub struct Parcel {
    pub id: Uuid,
    pub version: i32,
    pub carrier: String,
    pub number: String,
    pub items: Option<Vec<(i32, String)>>,
}

impl Parcel {
    /// What is in it.
    pub fn contents(&self) -> String {
        let items = self.items.iter().flatten().map(|(pieces, name)| format!("{pieces} × {name}"));
        items.collect::<Vec<_>>().join(", ")
    }
}

/// A row as the cards need it.
pub struct Told {
    /// What happened.
    pub fact: Fact,
    /// Who did it.
    pub who: String,
    /// When.
    pub at: Stamp,
}

/// The parts of the timeline: its word in the address, its name, the classes of its entries.
const PARTS: [(&str, &str, &[&str]); 7] = [
    ("", "All", &[]),
    ("notes", "Notes", &["note"]),
    ("status", "Status", &["move"]),
    ("money", "Money", &["money"]),
    ("stock", "Stock", &["stock"]),
    ("mails", "Mails", &["mail"]),
    ("changes", "Changes", &["change"]),
];

/// What the page of an order is told of its rows.
pub struct Story {
    /// The timeline.
    pub timeline: Vec<Event>,
    /// Its parts: name, address, whether it is on show.
    pub parts: Vec<(String, String, bool)>,
    /// Payments, refunds, returns, parcels and other orders, oldest first.
    pub told: Vec<Told>,
    /// The state before the last move.
    pub previous: Option<Status>,
    /// The note that was opened for change.
    pub own_note: Option<OwnNote>,
}

/// Whose page it is and what may be said on it.
pub struct Teller<'a> {
    /// Who reads.
    pub ctx: &'a Ctx,
    /// The order.
    pub id: Uuid,
    /// What its page was asked for.
    pub query: &'a Query,
    /// What the reader sees.
    pub sights: Sights,
    /// The order's state.
    pub status: Status,
    /// The order's currency.
    pub currency: &'a str,
}

impl Teller<'_> {
    /// Puts the rows into words.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn tell(&self, rows: Vec<EventRow>) -> Result<Story, AppError> {
        let zone = self.ctx.zone();
        let part = PARTS.iter().find(|(code, ..)| *code == self.query.get("show")).unwrap_or(&PARTS[0]);
        let parts = PARTS
            .iter()
            .map(|(code, name, _)| ((*name).to_owned(), self.address("show", code), *code == part.0))
            .collect();
        let mut story = Story { timeline: Vec::new(), parts, told: Vec::new(), previous: None, own_note: None };
        let mut pinned = Vec::new();
        for row in rows {
            let (at, is_mine) = (row.at, row.actor_id == Some(self.ctx.me.id));
            let who = actor(row.actor, row.actor_kind.as_deref());
            let fact = serde_json::from_value(row.data).map_err(|error| sqlx::Error::Decode(error.into()))?;
            if matches!(
                fact,
                Fact::Paid(_) | Fact::Refunded { .. } | Fact::Returned { .. } | Fact::Parcel(_) | Fact::Other { .. }
            ) {
                story.told.push(Told { fact: Fact::clone(&fact), who: who.clone(), at: zone.stamp(at) });
            }
            match &fact {
                // no event of this order
                Fact::Other { .. } => continue,
                Fact::Moved { from: Some(from), .. } if story.previous.is_none() => {
                    story.previous = Some(status_of(from)?);
                }
                Fact::Noted(note) if is_mine && self.query.get("act") == format!("note-{}", note.id) => {
                    story.own_note = Some(OwnNote { id: note.id, version: note.version, body: note.body.clone() });
                }
                _ => {}
            }
            let is_pinned = matches!(&fact, Fact::Noted(note) if note.pinned && !note.deleted);
            let is_recent = OffsetDateTime::now_utc() - at < Duration::DAY;
            let event = Event {
                then: format!("/orders/{}/history?at={}", self.id, Zone::exact(at)),
                ..self.event(fact, who, (is_mine, is_recent), zone.stamp(at))?
            };
            if part.2.is_empty() || part.2.contains(&event.class.as_str()) {
                if is_pinned { pinned.push(event) } else { story.timeline.push(event) }
            }
        }
        story.told.reverse();
        pinned.append(&mut story.timeline);
        story.timeline = pinned;
        Ok(story)
    }

    fn address(&self, name: &str, value: &str) -> String {
        self.query.without(&["act"]).with(name, value).address(&format!("/orders/{}", self.id))
    }

    fn money(&self, amount: Decimal) -> String {
        Money::from_numeric(amount, self.currency).to_string()
    }

    fn event(&self, fact: Fact, who: String, (is_mine, is_recent): (bool, bool), at: Stamp) -> Result<Event, AppError> {
        let entry = |class: &str, icon: &str, lead: String, rest: String| Event {
            at: at.clone(),
            then: String::new(),
            tone: String::new(),
            icon: icon.into(),
            class: class.into(),
            lead,
            rest,
            quote: None,
            note: None,
            undo: String::new(),
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(match fact {
            Fact::Moved { from, to, reason } => {
                let to = status_of(&to)?;
                let (tone, icon) = mark(to);
                let lead = if from.is_none() { "Order placed" } else { to.label() };
                let entry = entry("move", icon, lead.into(), format!(" by {who}"));
                Event { tone: tone.into(), quote: reason.and_then(some), ..entry }
            }
            Fact::Noted(note) => {
                let rest = match (note.deleted, note.pinned, note.edited) {
                    (true, ..) => " deleted this note; for a day it can be put back",
                    (_, true, true) => " pinned and changed this note",
                    (_, true, false) => " left a note, pinned",
                    (_, false, true) => " left a note, changed later",
                    (_, false, false) => " left a note",
                };
                let edit = if is_mine && !note.deleted {
                    self.address("act", &format!("note-{}", note.id))
                } else {
                    String::new()
                };
                let acts = NoteActs { id: note.id, is_pinned: note.pinned, is_deleted: note.deleted, edit };
                let icon = if note.pinned { "pin" } else { "message-square" };
                Event { quote: Some(note.body), note: Some(acts), ..entry("note", icon, who, rest.into()) }
            }
            Fact::Paid(payment) => {
                let tone = match payment.status.as_str() {
                    "failed" => "bad",
                    "captured" => "good",
                    _ => "",
                };
                let rest = format!(
                    " of {} by {}: {}",
                    self.money(payment.amount),
                    payment.method,
                    payment.status.replace('_', " ")
                );
                let entry = entry("money", "credit-card", "Payment".into(), rest);
                Event { tone: tone.into(), quote: payment.failure.and_then(some), ..entry }
            }
            Fact::Refunded { status, amount, reason } => {
                let rest = format!(" of {} by {who}: {status}", self.money(amount));
                Event { quote: some(reason), ..entry("money", "banknote", "Refund".into(), rest) }
            }
            Fact::Returned { reason, items } => {
                let rest = format!(" taken by {who}: {}", returned(items.as_deref().unwrap_or_default()));
                Event { quote: some(reason), ..entry("stock", "undo-2", "Return".into(), rest) }
            }
            Fact::Parcel(parcel) => {
                let rest = format!(" with {} {} by {who}: {}", parcel.carrier, parcel.number, parcel.contents());
                entry("move", "package", "Parcel".into(), rest)
            }
            Fact::Mailed { recipient, sent, waits, error } => {
                let to = self.sights.show(Value::Email, &recipient).map(|to| format!(" to {to}")).unwrap_or_default();
                let (tone, state) = match (sent, waits, &error) {
                    (true, ..) => ("good", "sent"),
                    (false, true, None) => ("", "waits to be sent"),
                    (false, true, Some(_)) => ("bad", "not sent yet, tried again later"),
                    (false, false, _) => ("bad", "could not be sent"),
                };
                let quote = error.filter(|_| !sent && self.sights.of(Value::Email) == Sight::Full);
                let rest = format!("{to} by {who}: {state}");
                Event { tone: tone.into(), quote, ..entry("mail", "mail", "Order confirmation".into(), rest) }
            }
            Fact::Stock { movement, quantity, place, sku } => {
                let sku = sku.unwrap_or_else(|| "an article".into());
                let (lead, way) = match movement.as_str() {
                    "sale" => ("Sold", "from"),
                    "return" => ("Back in stock", "in"),
                    "damage" => ("Written off", "in"),
                    _ => ("Stock moved", "in"),
                };
                entry(
                    "stock",
                    "warehouse",
                    lead.into(),
                    format!(": {} × {sku} {way} {place}, by {who}", quantity.abs()),
                )
            }
            Fact::Changed { number, changed, personal, people } => {
                let can_undo = is_recent && undo::can_undo(self.ctx, self.status, &changed);
                let event = self.changed(&changed, &personal, &people.unwrap_or_default(), &entry, &who);
                let undo = if can_undo { number.to_string() } else { String::new() };
                Event { undo, ..event }
            }
            Fact::Revealed { field, reason } => {
                let what = Value::parse(&field).map_or("a value", Value::label);
                Event { quote: some(reason), ..entry("change", "eye", who, format!(" looked at the {what}")) }
            }
            // told apart before: it is no event of this order
            Fact::Other { number, .. } => entry("move", "shopping-cart", number, String::new()),
        })
    }

    /// Fields that changed, with their values where this person may see them.
    fn changed(
        &self,
        changed: &Map<String, Json>,
        personal: &Map<String, Json>,
        people: &HashMap<String, String>,
        entry: &dyn Fn(&str, &str, String, String) -> Event,
        who: &str,
    ) -> Event {
        let pair = |name: &str| {
            let values = personal.get(name).or_else(|| changed.get(name)).and_then(Json::as_array);
            [0, 1].map(|side| values.and_then(|values| values.get(side)).map(text).unwrap_or_default())
        };
        let mut names = Vec::new();
        let mut lines = Vec::new();
        let mut line = |name: &'static str, shown: Option<[String; 2]>| {
            names.push(name);
            if let Some([before, after]) = shown {
                let word = |text: String| if text.is_empty() { "none".to_owned() } else { text };
                lines.push(format!("{} → {}", word(before), word(after)));
            }
        };
        if changed.contains_key("tags") {
            line("tags", Some(pair("tags")));
        }
        if changed.contains_key("assigned_to") {
            let name = |id: String| people.get(&id).cloned().unwrap_or(id);
            line("assignment", Some(pair("assigned_to").map(name)));
        }
        // two accounts of the customer were merged
        if changed.contains_key("user_id") {
            let name = |id: String| people.get(&id).cloned().unwrap_or(id);
            line("customer’s account", Some(pair("user_id").map(name)));
        }
        for (name, value) in [("customer_email", Value::Email), ("customer_phone", Value::Phone)] {
            if changed.contains_key(name) {
                // a log whose personal values were erased has none to show
                let shown = personal.contains_key(name).then(|| pair(name).map(|text| self.sights.show(value, &text)));
                line(value.label(), shown.and_then(|[before, after]| Some([before?, after?])));
            }
        }
        if ADDRESS.iter().any(|name| changed.contains_key(*name)) {
            let is_seen = self.sights.of(Value::ShipTo) == Sight::Full;
            let values: Vec<_> =
                ADDRESS.iter().filter(|name| changed.contains_key(**name)).map(|name| pair(name)).collect();
            let side = |side: usize| {
                let texts: Vec<&str> =
                    values.iter().map(|pair| pair[side].as_str()).filter(|text| !text.is_empty()).collect();
                texts.join(", ")
            };
            line(Value::ShipTo.label(), is_seen.then(|| [side(0), side(1)]));
        }
        let quote = (!lines.is_empty()).then(|| lines.join("\n"));
        Event { quote, ..entry("change", "pencil", who.to_owned(), format!(" changed the {}", names.join(", "))) }
    }
}

/// The columns of an address.
pub const ADDRESS: [&str; 8] =
    ["recipient_name", "street", "street2", "postal_code", "city", "region", "country", "phone"];

/// A value of the log for people.
fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(words) => words.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Who did it, for people.
fn actor(name: Option<String>, kind: Option<&str>) -> String {
    name.unwrap_or_else(|| {
        match kind {
            Some("customer") => "the customer",
            Some("system") | None => "the system",
            Some("database") => "a database operator",
            Some(_) => "somebody no longer here",
        }
        .to_owned()
    })
}

/// What came back and what became of it, in words.
pub(super) fn returned(items: &[(i32, String, String)]) -> String {
    let items = items.iter().map(|(pieces, name, what)| format!("{pieces} × {name} ({})", disposition(what)));
    items.collect::<Vec<_>>().join(", ")
}

fn disposition(code: &str) -> String {
    let known = DISPOSITIONS.iter().find(|(own, _)| *own == code);
    known.map_or_else(|| code.to_owned(), |(_, label)| label.to_lowercase())
}

/// Colour and icon of a move.
const fn mark(to: Status) -> (&'static str, &'static str) {
    match to {
        Status::Pending => ("", "shopping-cart"),
        Status::Processing => ("", "credit-card"),
        Status::Confirmed | Status::Completed => ("good", "circle-check"),
        Status::Preparing => ("", "package-open"),
        Status::Shipped => ("", "truck"),
        Status::Delivered => ("good", "package-check"),
        Status::Cancelled => ("", "ban"),
        Status::Failed => ("bad", "circle-x"),
        Status::Returned => ("", "undo-2"),
    }
}
