//! States, moves and what the pages show. No I/O.

mod states;

use crate::{
    cards::Card,
    money::Money,
    sheet::{Act, Sheet},
    stamp::Stamp,
};
use serde::{Deserialize, Serialize};
pub use states::{MOVES, Move, Status};
use uuid::Uuid;

/// Carriers offered while typing; any other name may be given.
pub const CARRIERS: [&str; 6] = ["DHL", "DPD", "GLS", "Hermes", "PostNL", "UPS"];

/// Where orders come from.
pub const SOURCES: [&str; 4] = ["web", "api", "phone", "marketplace"];

/// `orders.payment_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Nothing yet.
    Unpaid,
    /// Promised by the provider.
    Authorized,
    /// Received in full.
    Paid,
    /// Part of it went back.
    PartiallyRefunded,
    /// All of it went back.
    Refunded,
    /// The last try failed.
    Failed,
}

impl PaymentState {
    /// As stored, in the order of the way.
    pub const CODES: [&str; 6] = ["unpaid", "authorized", "paid", "partially_refunded", "refunded", "failed"];

    /// From its stored form.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Some(match code {
            "unpaid" => Self::Unpaid,
            "authorized" => Self::Authorized,
            "paid" => Self::Paid,
            "partially_refunded" => Self::PartiallyRefunded,
            "refunded" => Self::Refunded,
            "failed" => Self::Failed,
            _ => return None,
        })
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unpaid => "Unpaid",
            Self::Authorized => "Authorised",
            Self::Paid => "Paid",
            Self::PartiallyRefunded => "Partly refunded",
            Self::Refunded => "Refunded",
            Self::Failed => "Failed",
        }
    }

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        Self::CODES[self as usize]
    }

    /// Class of its badge.
    #[must_use]
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Unpaid => "badge wait",
            Self::Authorized => "badge info",
            Self::Paid => "badge good",
            Self::PartiallyRefunded => "badge busy",
            Self::Refunded => "badge done",
            Self::Failed => "badge bad",
        }
    }
}

/// Everything the detail page shows, masked for the role that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// `orders.id`.
    pub id: Uuid,
    /// Row version, carried by every form that changes the order.
    pub version: i32,
    /// `TA-104818`.
    pub number: String,
    /// When it was placed.
    pub placed: Stamp,
    /// Its state.
    pub status: Status,
    /// The state it was in before the last move; the progress bar of a cancelled order stops there.
    pub previous: Option<Status>,
    /// Payment in a word.
    pub payment: PaymentState,
    /// Until when unpaid stock is held.
    pub hold_until: Option<Stamp>,
    /// Sums.
    pub totals: Totals,
    /// Who bought.
    pub buyer: String,
    /// Who takes care of it, who bought, where it goes, what was paid: the cards beside the lines.
    pub cards: Vec<Card>,
    /// Lines, in the order's order.
    pub lines: Vec<Line>,
    /// Reference of the transfer that is awaited; empty: none is.
    pub awaited: String,
    /// What happened, pinned notes first, then the newest.
    pub timeline: Vec<Event>,
    /// Parts of the timeline: name, address, whether it is on show.
    pub parts: Vec<(String, String, bool)>,
    /// What each move out of the state changes, in the order of [`Status::moves`].
    pub effects: Vec<Vec<String>>,
    /// The papers there are, or why not.
    pub papers: Vec<Act>,
    /// The act that was opened.
    pub sheet: Option<Sheet>,
    /// Key of the next note: the same key twice is one note.
    pub note_key: Uuid,
    /// Words that staff put on it.
    pub tags: Vec<String>,
    /// Where it stands in the list that it was opened from.
    pub around: Around,
}

/// An order at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsItWas {
    /// `TA-104818`.
    pub number: String,
    /// The moment.
    pub at: Stamp,
    /// The moment as a field has it, of the reader's clock.
    pub field: String,
    /// Addresses of the change before and the one after; empty: there is none.
    pub earlier: String,
    /// See `earlier`.
    pub later: String,
    /// The order as it is.
    pub back: String,
    /// Its row at that moment in the audit trail; empty for who may not read that.
    pub trail: String,
    /// What must be known to read it; may be empty.
    pub remark: String,
    /// What it was, and where that differs what it is.
    pub cards: Vec<Card>,
}

/// The list that an order was opened from; empty addresses: there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    /// The list.
    pub list: String,
    /// The order before it.
    pub previous: String,
    /// The order behind it.
    pub next: String,
}

/// Sums of an order. `subtotal - discount + shipping = total`; tax is part of the prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Lines.
    pub subtotal: Money,
    /// Taken off.
    pub discount: Money,
    /// Carriage.
    pub shipping: Money,
    /// VAT inside the prices.
    pub tax: Money,
    /// To pay.
    pub total: Money,
    /// Received.
    pub paid: Money,
    /// Given back.
    pub refunded: Money,
    /// Still to pay; nothing for an order that ended unpaid.
    pub due: Money,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `order_items.id`.
    pub id: Uuid,
    /// Stock keeping unit.
    pub sku: String,
    /// Product and variant.
    pub name: String,
    /// Pieces.
    pub quantity: i32,
    /// Pieces that left the house.
    pub shipped: i32,
    /// Pieces that came back.
    pub returned: i32,
    /// Price of one.
    pub unit_price: Money,
    /// Price of all, less discount.
    pub total: Money,
    /// Where its stock is or was, and how firmly: “2 firm in Hamburg A-12-3”.
    pub stock: String,
    /// Picture of the product; may be none.
    pub picture: String,
}

impl Line {
    /// Pieces still with the customer.
    #[must_use]
    pub const fn returnable(&self) -> i32 {
        self.quantity - self.returned
    }

    /// Pieces still to be shipped.
    #[must_use]
    pub const fn to_ship(&self) -> i32 {
        self.quantity - self.shipped
    }
}

/// An entry of the timeline, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Stamp,
    /// The page of the order as it was then.
    pub then: String,
    /// Class of its mark: empty, `good`, `bad`.
    pub tone: String,
    /// Icon of its mark.
    pub icon: String,
    /// Class of the line: `note`, `move`, `money`, `stock`, `change`.
    pub class: String,
    /// Its bold beginning: who, or what.
    pub lead: String,
    /// The rest of the sentence.
    pub rest: String,
    /// In somebody's words, or the values that changed.
    pub quote: Option<String>,
    /// What can be done with a note.
    pub note: Option<NoteActs>,
    /// The change in the log that this person may set back; empty: none.
    pub undo: String,
}

/// A note in the timeline and what this person may do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteActs {
    /// `order_notes.id`.
    pub id: Uuid,
    /// It stands first.
    pub is_pinned: bool,
    /// It was deleted, and its author may put it back.
    pub is_deleted: bool,
    /// The page with its text opened for change; empty when it is another's.
    pub edit: String,
}

/// Details that moves ask for; each move reads its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MoveDetails {
    /// SHIPPED.
    pub carrier: String,
    /// SHIPPED.
    pub tracking_number: String,
    /// CANCELLED, FAILED, RETURNED.
    pub reason: String,
    /// PROCESSING, CONFIRMED: the transfer's reference.
    pub reference: String,
    /// SHIPPED: what is in this parcel, none named: all that is left; RETURNED: what came back.
    pub lines: Vec<MovedLine>,
    /// RETURNED: “yes” closes the order though the customer keeps something.
    pub close: String,
}

/// What a person chose to do with many orders; each act reads its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkChoice {
    /// The orders that were checked, ids separated by dots; none: all that fit `query`.
    pub ids: String,
    /// The filter, as an address of the list has it.
    pub query: String,
    /// A move: the state.
    pub status: String,
    /// A move: why.
    pub reason: String,
    /// A note: its text.
    pub text: String,
    /// Tags to put on, separated by commas.
    pub add: String,
    /// Tags to take off, separated by commas.
    pub remove: String,
    /// The colleague's id; empty: nobody.
    pub assignee: String,
}

/// What can be printed for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentKind {
    /// The bill.
    Invoice,
    /// What goes into the parcel.
    PackingSlip,
}

impl DocumentKind {
    /// Its name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::PackingSlip => "Packing slip",
        }
    }
}

/// A paper, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// “Invoice TA-104818”.
    pub title: String,
    /// Who sends it: name and address.
    pub sender: Vec<String>,
    /// Who gets it, as far as the reader may see.
    pub to: Vec<String>,
    /// Labels and values.
    pub facts: Vec<(String, String)>,
    /// Columns of its table.
    pub heads: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
    /// Labels and amounts below the table.
    pub sums: Vec<(String, String)>,
    /// Small print.
    pub foot: String,
    /// US letter instead of A4.
    pub is_letter: bool,
    /// Why it can't be used as it is; empty: it can.
    pub notice: String,
    /// The order.
    pub back: String,
}

/// Packing slips of several orders, to be printed together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slips {
    /// The slips.
    pub papers: Vec<Document>,
    /// Which orders have none and why, and whether there are more; a sentence each.
    pub notices: Vec<String>,
    /// The list that they were chosen in.
    pub back: String,
}

/// A shipping address as the form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewAddress {
    /// Who gets it.
    pub recipient_name: String,
    /// Street and number.
    pub street: String,
    /// Floor, company; may be empty.
    pub street2: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// State or province; may be empty.
    pub region: String,
    /// Two letters.
    pub country: String,
}

/// The last step of an order that staff take, as the form sends it; see `orders::new`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhoneOrder {
    /// `standard` or `express`.
    pub method: String,
    /// A saved address, or `typed`.
    pub ship_to: String,
    /// A saved address, or `same`.
    pub bill_to: String,
    /// An amount or a percentage; may be empty.
    pub discount: String,
    /// Why there is one.
    pub discount_reason: String,
    /// Days that it is held unpaid.
    pub hold: String,
    /// A note for colleagues; may be empty.
    pub note: String,
}

/// A customer who is new, as the form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewCustomer {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// Phone number; may be empty.
    pub phone: String,
}

/// Pieces of a line that leave or come back, as the form sends them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedLine {
    /// `order_items.id`.
    pub item: Uuid,
    /// Pieces, as typed.
    #[serde(default)]
    pub quantity: String,
    /// What becomes of those that come back: see [`DISPOSITIONS`].
    #[serde(default)]
    pub disposition: String,
}

/// What becomes of returned goods: stored word and words for people.
pub const DISPOSITIONS: [(&str, &str); 3] =
    [("restock", "Back to stock"), ("damaged", "Damaged"), ("lost", "Lost on the way")];
