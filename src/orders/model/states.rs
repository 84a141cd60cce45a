//! States of an order and the moves between them: the diagram of the spec's section 5.1.

use crate::auth::model::Role;
use serde::{Deserialize, Serialize};

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
