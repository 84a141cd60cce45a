//! The filters of the list, each with its parameter and the word of the search that means the same.

use crate::list::{declare::Filter, model::FieldKind};

/// All, in the order of the form.
pub static FILTERS: [Filter; 9] = [
    Filter {
        name: "actor",
        word: ("actor", ""),
        label: "Who",
        kind: FieldKind::Text,
        options: &[("system", "The system")],
    },
    Filter {
        name: "action",
        word: ("action", ""),
        label: "What",
        kind: FieldKind::Choice,
        options: &[
            ("insert", "Added"),
            ("update", "Changed"),
            ("delete", "Deleted"),
            ("truncate", "Emptied"),
            ("erase", "Erased"),
            ("retire", "Archived"),
            ("restore", "Brought back"),
            ("sign_in", "Signed in"),
            ("exported", "Exported"),
            ("downloaded", "Downloaded"),
            ("permission_refused", "Was refused a permission"),
        ],
    },
    Filter {
        name: "table",
        word: ("table", ""),
        label: "Table",
        kind: FieldKind::Text,
        options: &[
            ("orders", "Orders"),
            ("order_shipping", "Shipping of orders"),
            ("users", "Users"),
            ("addresses", "Addresses"),
            ("payments", "Payments"),
            ("products", "Products"),
            ("inventory", "Stock"),
            ("reviews", "Reviews"),
        ],
    },
    Filter { name: "order", word: ("order", ""), label: "Order", kind: FieldKind::Text, options: &[] },
    Filter { name: "field", word: ("field", ""), label: "Field", kind: FieldKind::Text, options: &[] },
    Filter {
        name: "created",
        word: ("created", ""),
        label: "When",
        kind: FieldKind::Choice,
        options: &[
            ("today", "Today"),
            ("yesterday", "Yesterday"),
            ("7d", "Last 7 days"),
            ("30d", "Last 30 days"),
            ("365d", "Last 365 days"),
        ],
    },
    Filter { name: "from", word: ("created", ">="), label: "From", kind: FieldKind::Day, options: &[] },
    Filter { name: "to", word: ("created", "<="), label: "Until", kind: FieldKind::Day, options: &[] },
    Filter { name: "request", word: ("request", ""), label: "Request or job", kind: FieldKind::Text, options: &[] },
];
