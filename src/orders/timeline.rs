//! What happened to an order, in words, as one role may read it.

use super::{
    acts::OwnNote,
    model::{DISPOSITIONS, Event, NoteActs, Other, Payment, Status},
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
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What a row of `store::events` holds.
#[derive(Debug, Deserialize)]
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
    /// Stock moved.
    Stock { movement: String, quantity: i32, place: String, sku: Option<String> },
    /// Fields of the order changed.
    Changed { number: i64, changed: Map<String, Json>, personal: Map<String, Json> },
    /// Somebody saw a masked value.
    Revealed { field: String, reason: String },
    /// Another order of the customer.
    Other { id: Uuid, number: String, status: String, total: Decimal, currency: String },
}

/// A note.
#[derive(Debug, Deserialize)]
pub struct Noted {
    id: Uuid,
    body: String,
    version: i32,
    pinned: bool,
    deleted: bool,
    edited: bool,
}

/// A payment.
#[derive(Debug, Deserialize)]
pub struct Paid {
    status: String,
    failure: Option<String>,
    method: String,
    amount: Decimal,
    captured: Decimal,
    reference: String,
}

/// The parts of the timeline: its word in the address, its name, the classes of its entries.
const PARTS: [(&str, &str, &[&str]); 6] = [
    ("", "All", &[]),
    ("notes", "Notes", &["note"]),
    ("status", "Status", &["move"]),
    ("money", "Money", &["money"]),
    ("stock", "Stock", &["stock"]),
    ("changes", "Changes", &["change"]),
];

/// What the page of an order is told of its rows.
pub struct Told {
    /// The timeline.
    pub timeline: Vec<Event>,
    /// Its parts: name, address, whether it is on show.
    pub parts: Vec<(String, String, bool)>,
    /// Payments, oldest first.
    pub payments: Vec<Payment>,
    /// The customer's other orders.
    pub others: Vec<Other>,
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
    pub fn tell(&self, rows: Vec<EventRow>) -> Result<Told, AppError> {
        let zone = self.ctx.zone();
        let part = PARTS.iter().find(|(code, ..)| *code == self.query.get("show")).unwrap_or(&PARTS[0]);
        let parts = PARTS
            .iter()
            .map(|(code, name, _)| ((*name).to_owned(), self.address("show", code), *code == part.0))
            .collect();
        let mut told = Told {
            timeline: Vec::new(),
            parts,
            payments: Vec::new(),
            others: Vec::new(),
            previous: None,
            own_note: None,
        };
        let mut pinned = Vec::new();
        for row in rows {
            let (at, is_mine) = (row.at, row.actor_id == Some(self.ctx.me.id));
            let who = actor(row.actor, row.actor_kind.as_deref());
            let fact = serde_json::from_value(row.data).map_err(|error| sqlx::Error::Decode(error.into()))?;
            match &fact {
                Fact::Other { id, number, status, total, currency } => {
                    told.others.push(Other {
                        to: format!("/orders/{id}"),
                        number: number.clone(),
                        status: status_of(status)?,
                        placed: zone.stamp(at),
                        total: Money::from_numeric(*total, currency),
                    });
                    continue;
                }
                Fact::Paid(payment) => told.payments.push(payment.shown(at, self.currency, &zone)),
                Fact::Moved { from: Some(from), .. } if told.previous.is_none() => {
                    told.previous = Some(status_of(from)?);
                }
                Fact::Noted(note) if is_mine && self.query.get("act") == format!("note-{}", note.id) => {
                    told.own_note = Some(OwnNote { id: note.id, version: note.version, body: note.body.clone() });
                }
                _ => {}
            }
            let is_pinned = matches!(&fact, Fact::Noted(note) if note.pinned && !note.deleted);
            let is_recent = OffsetDateTime::now_utc() - at < Duration::DAY;
            let event = self.event(fact, who, (is_mine, is_recent), zone.stamp(at))?;
            if part.2.is_empty() || part.2.contains(&event.class.as_str()) {
                if is_pinned { pinned.push(event) } else { told.timeline.push(event) }
            }
        }
        told.payments.reverse();
        pinned.append(&mut told.timeline);
        told.timeline = pinned;
        Ok(told)
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
                let acts = NoteActs {
                    id: note.id,
                    version: note.version,
                    is_pinned: note.pinned,
                    is_deleted: note.deleted,
                    edit,
                };
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
                let items: Vec<String> = items
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(pieces, name, what)| format!("{pieces} × {name} ({})", disposition(&what)))
                    .collect();
                let rest = format!(" taken by {who}: {}", items.join(", "));
                Event { quote: some(reason), ..entry("stock", "undo-2", "Return".into(), rest) }
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
            Fact::Changed { number, changed, personal } => {
                let can_undo = is_recent && undo::can_undo(self.ctx, self.status, &changed);
                let event = self.changed(&changed, &personal, &entry, &who);
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

impl Paid {
    fn shown(&self, at: OffsetDateTime, currency: &str, zone: &Zone) -> Payment {
        Payment {
            method: self.method.clone(),
            status: self.status.clone(),
            amount: Money::from_numeric(self.amount, currency),
            captured: Money::from_numeric(self.captured, currency),
            reference: self.reference.clone(),
            at: zone.stamp(at),
            failure: self.failure.clone(),
        }
    }
}
