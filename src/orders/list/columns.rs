//! The columns of the list: what each shows on the page and holds in a file, masked for the role that looks.

use super::store::ListRow;
use crate::{
    auth::model::{Sight, address_sight, contact_sight, mask_email},
    list::{
        declare::{Column, Viewer, soft, text},
        export::value::Value,
        model::Cell,
    },
    money::Money,
    orders::model::{PaymentState, Status},
    ui::Slot,
};
use rust_decimal::Decimal;
use time::OffsetDateTime;

/// A row whose words are known to this version.
#[derive(Clone, Debug)]
pub struct Known {
    /// As stored.
    pub row: ListRow,
    /// `orders.status`
    pub status: Status,
    /// `orders.payment_status`
    pub payment: PaymentState,
    /// The time at which it was read.
    pub now: OffsetDateTime,
}

impl Known {
    fn money(&self, amount: Decimal) -> Cell {
        Cell::Money(Money::from_numeric(amount, &self.row.currency))
    }

    fn hundredths(&self, amount: Decimal) -> Value {
        Value::Hundredths(Money::from_numeric(amount, &self.row.currency).minor)
    }

    /// What is still to be paid.
    fn due(&self) -> Decimal {
        let open = matches!(self.status, Status::Cancelled | Status::Failed | Status::Returned);
        if open { Decimal::ZERO } else { (self.row.grand_total - self.row.paid_total).max(Decimal::ZERO) }
    }

    /// City and country, where the role may know.
    fn place(&self, viewer: &Viewer) -> (String, String) {
        match address_sight(viewer.role, self.status.is_to_ship()) {
            Sight::Hidden => Default::default(),
            Sight::Masked | Sight::Full => (
                self.row.billing_city.clone().unwrap_or_default(),
                self.row.billing_country.clone().unwrap_or_default(),
            ),
        }
    }

    fn email(&self, viewer: &Viewer) -> String {
        match contact_sight(viewer.role) {
            Sight::Full => self.row.customer_email.clone(),
            Sight::Masked => mask_email(&self.row.customer_email),
            Sight::Hidden => String::new(),
        }
    }
}

/// For how long, in the largest whole unit: `3 d`.
fn lasting(from: OffsetDateTime, now: OffsetDateTime) -> String {
    let length = now - from;
    match (length.whole_days(), length.whole_hours()) {
        (days @ 1.., _) => format!("{days} d"),
        (_, hours @ 1..) => format!("{hours} h"),
        _ => format!("{} min", length.whole_minutes().max(0)),
    }
}

/// All, the usual ones in their usual order.
pub static COLUMNS: [Column<Known>; 17] = [
    Column {
        code: "order",
        label: "Order",
        slot: Slot::Lead,
        is_usual: true,
        sort: "",
        cell: |_, _| Cell::Name,
        file: &[("Order", 12)],
        values: |known, _| vec![text(&*known.row.order_number)],
    },
    Column {
        code: "placed",
        label: "Placed",
        slot: Slot::When,
        is_usual: true,
        sort: "placed",
        cell: |known, viewer| Cell::Time(viewer.zone.stamp(known.row.created_at)),
        file: &[("Placed", 17)],
        values: |known, viewer| vec![Value::Moment(viewer.zone.on_the_wall(known.row.created_at))],
    },
    Column {
        code: "customer",
        label: "Customer",
        slot: Slot::Wide,
        is_usual: true,
        sort: "",
        cell: |known, viewer| {
            let (city, country) = known.place(viewer);
            let place = [city, country].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
            Cell::Text(known.row.customer_name.clone(), place)
        },
        file: &[("Customer", 24), ("City", 18), ("Country", 8)],
        values: |known, viewer| {
            let (city, country) = known.place(viewer);
            vec![text(&*known.row.customer_name), text(city), text(country)]
        },
    },
    Column {
        code: "status",
        label: "Status",
        slot: Slot::State,
        is_usual: true,
        sort: "",
        cell: |known, _| Cell::Badge(known.status.badge().into(), known.status.label().into()),
        file: &[("Status", 12)],
        values: |known, _| vec![text(known.status.label())],
    },
    Column {
        code: "payment",
        label: "Payment",
        slot: Slot::Spare,
        is_usual: true,
        sort: "",
        cell: |known, _| soft(known.payment.label()),
        file: &[("Payment", 15)],
        values: |known, _| vec![text(known.payment.label())],
    },
    Column {
        code: "items",
        label: "Items",
        slot: Slot::SpareNumber,
        is_usual: true,
        sort: "",
        cell: |known, _| Cell::Count(known.row.item_count.into()),
        file: &[("Items", 7)],
        values: |known, _| vec![Value::Whole(known.row.item_count.into())],
    },
    Column {
        code: "total",
        label: "Total",
        slot: Slot::Amount,
        is_usual: true,
        sort: "total",
        cell: |known, _| known.money(known.row.grand_total),
        file: &[("Total", 12), ("Currency", 9)],
        values: |known, _| vec![known.hundredths(known.row.grand_total), text(&*known.row.currency)],
    },
    Column {
        code: "updated",
        label: "Updated",
        slot: Slot::Spare,
        is_usual: false,
        sort: "updated",
        cell: |known, viewer| Cell::Time(viewer.zone.stamp(known.row.updated_at)),
        file: &[("Updated", 17)],
        values: |known, viewer| vec![Value::Moment(viewer.zone.on_the_wall(known.row.updated_at))],
    },
    Column {
        code: "age",
        label: "In its state",
        slot: Slot::SpareNumber,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(lasting(known.row.status_changed_at, known.now)),
        file: &[("In its state since", 17)],
        values: |known, viewer| vec![Value::Moment(viewer.zone.on_the_wall(known.row.status_changed_at))],
    },
    Column {
        code: "email",
        label: "Email",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, viewer| soft(known.email(viewer)),
        file: &[("Email", 28)],
        values: |known, viewer| vec![text(known.email(viewer))],
    },
    Column {
        code: "paid",
        label: "Paid",
        slot: Slot::SpareNumber,
        is_usual: false,
        sort: "",
        cell: |known, _| known.money(known.row.paid_total),
        file: &[("Paid", 12)],
        values: |known, _| vec![known.hundredths(known.row.paid_total)],
    },
    Column {
        code: "refunded",
        label: "Refunded",
        slot: Slot::SpareNumber,
        is_usual: false,
        sort: "",
        cell: |known, _| known.money(known.row.refunded_total),
        file: &[("Refunded", 12)],
        values: |known, _| vec![known.hundredths(known.row.refunded_total)],
    },
    Column {
        code: "due",
        label: "Due",
        slot: Slot::SpareNumber,
        is_usual: false,
        sort: "",
        cell: |known, _| known.money(known.due()),
        file: &[("Due", 12)],
        values: |known, _| vec![known.hundredths(known.due())],
    },
    Column {
        code: "source",
        label: "Source",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(&*known.row.source),
        file: &[("Source", 12)],
        values: |known, _| vec![text(&*known.row.source)],
    },
    Column {
        code: "tags",
        label: "Tags",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(known.row.tags.join(", ")),
        file: &[("Tags", 20)],
        values: |known, _| vec![text(known.row.tags.join(", "))],
    },
    Column {
        code: "carrier",
        label: "Carrier",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(known.row.carrier.clone().unwrap_or_default()),
        file: &[("Carrier", 10)],
        values: |known, _| vec![text(known.row.carrier.clone().unwrap_or_default())],
    },
    Column {
        code: "tracking",
        label: "Tracking",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(known.row.tracking_number.clone().unwrap_or_default()),
        file: &[("Tracking number", 24)],
        values: |known, _| vec![text(known.row.tracking_number.clone().unwrap_or_default())],
    },
];

/// Whether any of these needs the parcel.
pub fn need_parcel(columns: &[&Column<Known>]) -> bool {
    columns.iter().any(|column| matches!(column.code, "carrier" | "tracking"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use time::Duration;

    #[test]
    fn columns_have_names_of_their_own() {
        let codes: BTreeSet<_> = COLUMNS.iter().map(|column| column.code).collect();
        assert_eq!(codes.len(), COLUMNS.len());
    }

    #[test]
    fn how_long_is_said_in_the_largest_whole_unit() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(100);
        for (length, words) in [
            (Duration::days(3), "3 d"),
            (Duration::hours(23), "23 h"),
            (Duration::minutes(7), "7 min"),
            (-Duration::HOUR, "0 min"),
        ] {
            assert_eq!(lasting(now - length, now), words);
        }
    }
}
