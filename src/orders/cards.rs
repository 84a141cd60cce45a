//! The cards beside an order's lines: who takes care of it, who bought, where it goes, what was paid and came back.

use super::{
    carriers::tracking_address,
    model::{PaymentState, Totals},
    service::{address_of, status_of},
    sight::{Sights, Value},
    store::Head,
    timeline::{Fact, Told, returned},
};
use crate::{auth::model::Sight, cards::Card, error::AppError, money::Money, sheet::Act, stamp::Zone};
use rust_decimal::Decimal;

/// What the cards are made of.
pub struct Facts<'a> {
    /// The order.
    pub head: &'a Head,
    /// Its sums.
    pub totals: &'a Totals,
    /// Payment in a word.
    pub payment: PaymentState,
    /// What the reader sees.
    pub sights: Sights,
    /// What happened, oldest first.
    pub told: &'a [Told],
    /// The reader may open the customer's page.
    pub sees_users: bool,
    /// What the reader can do.
    pub acts: &'a [Act],
    /// The reader's zone.
    pub zone: &'a Zone,
}

impl Facts<'_> {
    /// All of them, in their order.
    ///
    /// # Errors
    /// When the state of another order is a word that this version doesn't know.
    pub fn cards(&self) -> Result<Vec<Card>, AppError> {
        let nobody = "Nobody";
        let care = Card::new("care", "Care").fact("Assigned to", self.head.assigned.as_deref().unwrap_or(nobody));
        let cards = [
            Some(care),
            Some(self.customer()),
            Some(self.others()?),
            Some(self.address("ship_to", "Ship to", Value::ShipTo)),
            Some(self.address("bill_to", "Bill to", Value::BillTo)),
            Some(self.delivery()),
            Some(self.payment()),
            self.back(),
        ];
        Ok(cards.into_iter().flatten().map(|card| card.acts(self.acts)).collect())
    }

    fn money(&self, amount: Decimal) -> Money {
        Money::from_numeric(amount, &self.head.currency)
    }

    fn customer(&self) -> Card {
        let head = self.head;
        let card = Card::new("customer", "Customer");
        let mut card = if self.sees_users {
            card.link("Name", &head.customer_name, &format!("/users/{}", head.user_id))
        } else {
            card.fact("Name", &head.customer_name)
        };
        for (label, value, text) in
            [("Email", Value::Email, Some(&head.customer_email)), ("Phone", Value::Phone, head.customer_phone.as_ref())]
        {
            let Some(shown) = text.and_then(|text| self.sights.show(value, text)) else { continue };
            card = match self.sights.of(value) {
                Sight::Full => card.fact(label, &shown),
                Sight::Masked | Sight::Hidden => card.masked(label, &shown),
            };
        }
        card = card.fact("Came by", &head.source);
        if self.sees_users {
            card = head.warnings.iter().fold(card, |card, note| card.fact("Note by staff", note));
        }
        match self.sights.of(Value::Email) {
            Sight::Hidden => card.remark("Contact data isn't shown to your role."),
            Sight::Masked | Sight::Full => card,
        }
    }

    fn others(&self) -> Result<Card, AppError> {
        let mut card = Card::new("others", "Other orders");
        let mut is_only = true;
        for told in self.told.iter().rev() {
            let Fact::Other { id, number, status, total, currency } = &told.fact else { continue };
            let status = status_of(status)?;
            let total = Money::from_numeric(*total, currency);
            card = card.record(&format!("/orders/{id}"), number, (status.badge(), status.label()), &told.at, &total);
            is_only = false;
        }
        Ok(if is_only { card.remark("This is the customer’s only order.") } else { card })
    }

    fn address(&self, id: &str, title: &str, value: Value) -> Card {
        let card = Card::new(id, title).address(address_of(self.head, self.sights, value));
        match self.sights.of(value) {
            Sight::Full => card,
            Sight::Masked => card.remark("Street and number are masked for your role."),
            Sight::Hidden => card.remark("Shown while the order is being prepared or shipped."),
        }
    }

    fn delivery(&self) -> Card {
        let head = self.head;
        let stamp = |at: Option<time::OffsetDateTime>| at.map(|at| self.zone.stamp(at));
        let mut card = Card::new("delivery", "Delivery").fact("Method", &head.method);
        let parcels: Vec<_> = self
            .told
            .iter()
            .filter_map(|told| match &told.fact {
                Fact::Parcel(parcel) => Some((parcel, told)),
                _ => None,
            })
            .collect();
        if parcels.is_empty() {
            card = card.some("Carrier", head.carrier.as_deref());
            if let Some(number) = &head.tracking_number {
                let to = tracking_address(head.carrier.as_deref().unwrap_or_default(), number);
                card = card.code("Tracking", number, &to);
            }
        }
        card = card
            .some_time("Shipped", stamp(head.shipped_at).as_ref())
            .some_time("Delivered", stamp(head.delivered_at).as_ref());
        for (parcel, told) in parcels {
            card = card
                .gap()
                .fact("Carrier", &parcel.carrier)
                .code("Tracking", &parcel.number, &tracking_address(&parcel.carrier, &parcel.number))
                .fact("Holds", &parcel.contents())
                .time("Left", &told.at);
        }
        card
    }

    fn payment(&self) -> Card {
        let totals = self.totals;
        let mut card = Card::new("payment", "Payment")
            .badge(self.payment.badge(), self.payment.label())
            .money("Paid", &totals.paid);
        if totals.due.minor > 0 {
            card = card.money("Due", &totals.due);
        }
        if totals.refunded.minor > 0 {
            card = card.money("Refunded", &totals.refunded);
        }
        for told in self.told {
            let Fact::Paid(paid) = &told.fact else { continue };
            card = card
                .gap()
                .fact(&paid.method, &paid.status.replace('_', " "))
                .money("Amount", &self.money(paid.amount))
                .code("Reference", &paid.reference, "")
                .time("Begun", &told.at)
                .some("Why", paid.failure.as_deref());
        }
        card
    }

    /// What came back, goods and money; nothing for most orders.
    fn back(&self) -> Option<Card> {
        let mut card = Card::new("back", "Returns and refunds");
        let mut is_first = true;
        for told in self.told {
            let apart = |card: Card| if is_first { card } else { card.gap() };
            card = match &told.fact {
                Fact::Returned { reason, items } => apart(card)
                    .fact("Return", &returned(items.as_deref().unwrap_or_default()))
                    .some("Reason", Some(reason))
                    .fact("Taken by", &told.who),
                Fact::Refunded { status, amount, reason } => apart(card)
                    .money("Refund", &self.money(*amount))
                    .fact("State", status)
                    .some("Reason", Some(reason))
                    .fact("By", &told.who),
                _ => continue,
            }
            .time("On", &told.at);
            is_first = false;
        }
        (!is_first).then_some(card)
    }
}
