//! The filters of the list, each with its parameter and the word of the search that means the same.

use crate::list::{
    declare::{COUNTRIES, Filter},
    model::FieldKind,
};

/// All, in the order of the form.
pub static FILTERS: [Filter; 15] = [
    Filter {
        name: "placed",
        word: ("placed", ""),
        label: "Placed",
        kind: FieldKind::Choice,
        options: &[
            ("today", "Today"),
            ("yesterday", "Yesterday"),
            ("7d", "Last 7 days"),
            ("30d", "Last 30 days"),
            ("90d", "Last 90 days"),
            ("365d", "Last 365 days"),
        ],
    },
    Filter { name: "from", word: ("placed", ">="), label: "Placed from", kind: FieldKind::Day, options: &[] },
    Filter { name: "to", word: ("placed", "<="), label: "Placed until", kind: FieldKind::Day, options: &[] },
    Filter { name: "min", word: ("total", ">="), label: "Total from", kind: FieldKind::Amount, options: &[] },
    Filter { name: "max", word: ("total", "<="), label: "Total up to", kind: FieldKind::Amount, options: &[] },
    Filter {
        name: "payment",
        word: ("payment", ""),
        label: "Payment",
        kind: FieldKind::Choice,
        options: &[
            ("unpaid", "Unpaid"),
            ("authorized", "Authorised"),
            ("paid", "Paid"),
            ("partially_refunded", "Partly refunded"),
            ("refunded", "Refunded"),
            ("failed", "Failed"),
        ],
    },
    Filter {
        name: "age",
        word: ("age", ""),
        label: "In its state",
        kind: FieldKind::Choice,
        options: &[
            (">4h", "Over 4 hours"),
            (">1d", "Over 1 day"),
            (">2d", "Over 2 days"),
            (">7d", "Over 7 days"),
            (">14d", "Over 14 days"),
            ("<1d", "Under 1 day"),
        ],
    },
    Filter { name: "country", word: ("country", ""), label: "Country", kind: FieldKind::Text, options: &COUNTRIES },
    Filter { name: "warehouse", word: ("warehouse", ""), label: "Warehouse", kind: FieldKind::Choice, options: &[] },
    Filter { name: "carrier", word: ("carrier", ""), label: "Carrier", kind: FieldKind::Text, options: &CARRIERS },
    Filter {
        name: "assigned",
        word: ("assigned", ""),
        label: "Assigned to",
        kind: FieldKind::Text,
        options: &[("me", "Me"), ("nobody", "Nobody")],
    },
    Filter { name: "tag", word: ("tag", ""), label: "Tag", kind: FieldKind::Text, options: &[] },
    Filter {
        name: "source",
        word: ("source", ""),
        label: "Source",
        kind: FieldKind::Choice,
        options: &[("web", "Web"), ("api", "API"), ("phone", "Phone"), ("marketplace", "Marketplace")],
    },
    Filter { name: "sku", word: ("sku", ""), label: "SKU", kind: FieldKind::Text, options: &[] },
    Filter { name: "tracking", word: ("tracking", ""), label: "Tracking number", kind: FieldKind::Text, options: &[] },
];

const CARRIERS: [(&str, &str); 6] =
    [("DHL", ""), ("DPD", ""), ("GLS", ""), ("Hermes", ""), ("PostNL", ""), ("UPS", "")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::model::{self, PaymentState};
    use std::collections::BTreeSet;

    #[test]
    fn what_the_form_offers_is_what_there_is() {
        assert_eq!(CARRIERS.map(|(name, _)| name), model::CARRIERS);
        let options = |name: &str| FILTERS.iter().find(|filter| filter.name == name).unwrap().options;
        let payment: Vec<_> = options("payment").iter().map(|(code, label)| (*code, *label)).collect();
        let states = PaymentState::CODES.map(|code| (code, PaymentState::parse(code).unwrap().label()));
        assert_eq!(payment, states);
        assert_eq!(options("source").iter().map(|(code, _)| *code).collect::<Vec<_>>(), model::SOURCES);
        let names: BTreeSet<_> = FILTERS.iter().map(|filter| filter.name).collect();
        assert_eq!(names.len(), FILTERS.len());
    }
}
