//! States, moves and what the pages show. No I/O.

use crate::{
    auth::model::Role,
    money::Money,
    sheet::{Act, Sheet},
    stamp::Stamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `orders.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Placed; stock is held until it is paid or the hold ends.
    Pending,
    /// The payment is under way.
    Processing,
    /// Paid; stock is firm.
    Confirmed,
    /// Being picked and packed.
    Preparing,
    /// With the carrier; stock is sold.
    Shipped,
    /// With the customer.
    Delivered,
    /// Closed, 14 days after delivery.
    Completed,
    /// Called off before it was prepared; stock is free again.
    Cancelled,
    /// The payment failed; stock is free again.
    Failed,
    /// Came back.
    Returned,
}

impl Status {
    /// All ten, in the order of the way.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Processing,
        Self::Confirmed,
        Self::Preparing,
        Self::Shipped,
        Self::Delivered,
        Self::Completed,
        Self::Cancelled,
        Self::Failed,
        Self::Returned,
    ];

    /// The straight way, as the progress bar draws it.
    pub const WAY: [Self; 7] = [
        Self::Pending,
        Self::Processing,
        Self::Confirmed,
        Self::Preparing,
        Self::Shipped,
        Self::Delivered,
        Self::Completed,
    ];

    /// What something is still to be done for.
    pub const OPEN: [Self; 6] =
        [Self::Pending, Self::Processing, Self::Confirmed, Self::Preparing, Self::Shipped, Self::Delivered];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Processing => "PROCESSING",
            Self::Confirmed => "CONFIRMED",
            Self::Preparing => "PREPARING",
            Self::Shipped => "SHIPPED",
            Self::Delivered => "DELIVERED",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
            Self::Returned => "RETURNED",
        }
    }

    /// From its stored form.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Processing => "Processing",
            Self::Confirmed => "Confirmed",
            Self::Preparing => "Preparing",
            Self::Shipped => "Shipped",
            Self::Delivered => "Delivered",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
            Self::Returned => "Returned",
        }
    }

    /// Inside a sentence: “this one is shipped”.
    #[must_use]
    pub fn word(self) -> String {
        self.label().to_ascii_lowercase()
    }

    /// Class of its badge.
    #[must_use]
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Pending | Self::Processing => "badge wait",
            Self::Confirmed => "badge info",
            Self::Preparing | Self::Shipped => "badge busy",
            Self::Delivered => "badge good",
            Self::Completed => "badge good done",
            Self::Cancelled => "badge done",
            Self::Failed => "badge bad",
            Self::Returned => "badge bad done",
        }
    }

    /// Whether the warehouse needs the address to do its work.
    #[must_use]
    pub const fn is_to_ship(self) -> bool {
        matches!(self, Self::Preparing | Self::Shipped)
    }

    /// The moves out of this state: the diagram's arrows.
    pub fn moves(self) -> impl Iterator<Item = &'static Move> {
        MOVES.iter().filter(move |step| step.from == self)
    }

    /// The move from this state to another, if the diagram has it.
    #[must_use]
    pub fn move_to(self, to: Self) -> Option<&'static Move> {
        self.moves().find(|step| step.to == to)
    }
}

/// An arrow of the diagram and the staff roles that may take it. `order_transitions` says the same, with the
/// system and the customer; a test holds them together.
#[derive(Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it starts.
    pub from: Status,
    /// Where it leads.
    pub to: Status,
    /// Words of its button.
    pub action: &'static str,
    /// Icon of its button.
    pub icon: &'static str,
    /// What it does, in general; `effects` has it for an order.
    pub effect: &'static str,
    /// Staff who may take it.
    pub roles: &'static [Role],
}

impl Move {
    /// Whether a role may take it.
    #[must_use]
    pub fn allows(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether it ends the order's way: shown as a dangerous button.
    #[must_use]
    pub const fn is_exit(&self) -> bool {
        matches!(self.to, Status::Cancelled | Status::Failed | Status::Returned)
    }

    /// The roles, for people.
    #[must_use]
    pub fn who(&self) -> String {
        self.roles.iter().copied().map(Role::label).collect::<Vec<_>>().join(", ")
    }
}

const OFFICE: &[Role] = &[Role::Support, Role::Admin, Role::SuperAdmin];
const FLOOR: &[Role] = &[Role::WarehouseManager, Role::Admin, Role::SuperAdmin];
const EITHER: &[Role] = &[Role::Support, Role::WarehouseManager, Role::Admin, Role::SuperAdmin];

/// The diagram of the spec's section 5.1.
pub static MOVES: [Move; 10] = [
    Move {
        from: Status::Pending,
        to: Status::Processing,
        action: "Await bank transfer",
        icon: "banknote",
        effect: "For a customer who pays by transfer. The stock stays held until the money is here.",
        roles: OFFICE,
    },
    Move {
        from: Status::Pending,
        to: Status::Cancelled,
        action: "Cancel order",
        icon: "ban",
        effect: "The held stock is free for others at once. This can't be undone.",
        roles: OFFICE,
    },
    Move {
        from: Status::Processing,
        to: Status::Confirmed,
        action: "Confirm payment",
        icon: "circle-check",
        effect: "The full amount is recorded as received and the stock becomes firm.",
        roles: OFFICE,
    },
    Move {
        from: Status::Processing,
        to: Status::Failed,
        action: "Payment failed",
        icon: "circle-x",
        effect: "The open payment is closed as failed and the held stock is free at once. This can't be undone.",
        roles: OFFICE,
    },
    Move {
        from: Status::Confirmed,
        to: Status::Preparing,
        action: "Start preparing",
        icon: "package-open",
        effect: "The order goes to picking and packing; from here it can't be cancelled.",
        roles: FLOOR,
    },
    Move {
        from: Status::Confirmed,
        to: Status::Cancelled,
        action: "Cancel order",
        icon: "ban",
        effect: "The reserved stock is free at once. What was paid stays paid until it is refunded. This can't be undone.",
        roles: OFFICE,
    },
    Move {
        from: Status::Preparing,
        to: Status::Shipped,
        action: "Mark as shipped",
        icon: "truck",
        effect: "The stock leaves its warehouse as sold.",
        roles: FLOOR,
    },
    Move {
        from: Status::Shipped,
        to: Status::Delivered,
        action: "Mark as delivered",
        icon: "package-check",
        effect: "The order completes by itself after 14 days.",
        roles: FLOOR,
    },
    Move {
        from: Status::Delivered,
        to: Status::Completed,
        action: "Complete order",
        icon: "circle-check",
        effect: "The order is closed; no return can be taken after.",
        roles: OFFICE,
    },
    Move {
        from: Status::Delivered,
        to: Status::Returned,
        action: "Take a return",
        icon: "undo-2",
        effect: "What comes back sound goes into stock again. Money is refunded separately.",
        roles: EITHER,
    },
];

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
    /// Where it came from: web, phone, …
    pub source: String,
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
    pub customer: Customer,
    /// Where it goes.
    pub ship_to: Address,
    /// Who gets the bill.
    pub bill_to: Address,
    /// How it goes.
    pub shipping: Shipping,
    /// Lines, in the order's order.
    pub lines: Vec<Line>,
    /// Payments, oldest first.
    pub payments: Vec<Payment>,
    /// What happened, pinned notes first, then the newest.
    pub timeline: Vec<Event>,
    /// Parts of the timeline: name, address, whether it is on show.
    pub parts: Vec<(String, String, bool)>,
    /// The customer's other orders, newest first.
    pub others: Vec<Other>,
    /// What each move out of the state changes, in the order of [`Status::moves`].
    pub effects: Vec<Vec<String>>,
    /// What can be done here beside the moves, or why not.
    pub acts: Vec<Act>,
    /// The act that was opened.
    pub sheet: Option<Sheet>,
    /// Key of the next note: the same key twice is one note.
    pub note_key: Uuid,
    /// Words that staff put on it.
    pub tags: Vec<String>,
    /// Where it stands in the list that it was opened from.
    pub around: Around,
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

/// Who bought; contact masked or hidden by role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Name.
    pub name: String,
    /// E-mail as this role sees it; nothing when hidden.
    pub email: Option<String>,
    /// Phone as this role sees it.
    pub phone: Option<String>,
    /// Whether the e-mail address is masked.
    pub email_masked: bool,
    /// Whether the phone number is masked.
    pub phone_masked: bool,
}

/// An address as this role sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Address {
    /// Lines as on a parcel.
    Full(Vec<String>),
    /// City and country.
    Masked(String),
    /// Not for this role, or not now.
    Hidden,
}

/// How an order goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipping {
    /// Standard, express, …
    pub method: String,
    /// Who carries it.
    pub carrier: Option<String>,
    /// Its number there.
    pub tracking_number: Option<String>,
    /// When it left.
    pub shipped: Option<Stamp>,
    /// When it arrived.
    pub delivered: Option<Stamp>,
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
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Card, transfer, …, with the card's brand and last four.
    pub method: String,
    /// Its state.
    pub status: String,
    /// Asked for.
    pub amount: Money,
    /// Received.
    pub captured: Money,
    /// The provider's or bank's reference.
    pub reference: String,
    /// When it was begun.
    pub at: Stamp,
    /// Why it failed.
    pub failure: Option<String>,
}

/// An entry of the timeline, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Stamp,
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
    /// Row version.
    pub version: i32,
    /// It stands first.
    pub is_pinned: bool,
    /// It was deleted, and its author may put it back.
    pub is_deleted: bool,
    /// The page with its text opened for change; empty when it is another's.
    pub edit: String,
}

/// Another order of the same customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Its page.
    pub to: String,
    /// Its number.
    pub number: String,
    /// Its state.
    pub status: Status,
    /// When it was placed.
    pub placed: Stamp,
    /// To pay.
    pub total: Money,
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
    /// RETURNED: what came back.
    pub lines: Vec<ReturnLine>,
    /// RETURNED: “yes” closes the order though the customer keeps something.
    pub close: String,
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

/// A line of a return, as the form sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// `order_items.id`.
    pub item: Uuid,
    /// Pieces, as typed.
    #[serde(default)]
    pub quantity: String,
    /// What becomes of them: see [`DISPOSITIONS`].
    #[serde(default)]
    pub disposition: String,
}

/// What becomes of returned goods: stored word and words for people.
pub const DISPOSITIONS: [(&str, &str); 3] =
    [("restock", "Back to stock"), ("damaged", "Damaged"), ("lost", "Lost on the way")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_way_to_the_database_and_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.code()), Some(status));
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{}\"", status.code()));
        }
        assert_eq!(Status::parse("pending"), None);
    }

    #[test]
    fn ends_of_the_way_have_no_moves() {
        for end in [Status::Completed, Status::Cancelled, Status::Failed, Status::Returned] {
            assert_eq!(end.moves().count(), 0, "{end:?}");
        }
    }

    #[test]
    fn the_straight_way_can_be_walked() {
        for pair in Status::WAY.windows(2) {
            assert!(pair[0].move_to(pair[1]).is_some(), "{pair:?}");
        }
    }
}
