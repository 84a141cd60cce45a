//! The filters of the list, each with its parameter and the word of the search that means the same.

use crate::list::{
    declare::{COUNTRIES, Filter},
    model::FieldKind,
};

const YES_OR_NO: [(&str, &str); 2] = [("yes", "Yes"), ("no", "No")];

/// All, in the order of the form. The one by role is for those who see colleagues.
pub static FILTERS: [Filter; 15] = [
    Filter {
        name: "role",
        word: ("role", ""),
        label: "Role",
        kind: FieldKind::Choice,
        options: &[
            ("customer", "Customer"),
            ("staff", "Any colleague"),
            ("support", "Support"),
            ("moderator", "Moderator"),
            ("warehouse_manager", "Warehouse manager"),
            ("admin", "Admin"),
            ("super_admin", "Super admin"),
        ],
    },
    Filter {
        name: "verified",
        word: ("verified", ""),
        label: "E-mail confirmed",
        kind: FieldKind::Choice,
        options: &YES_OR_NO,
    },
    Filter { name: "locked", word: ("locked", ""), label: "Locked", kind: FieldKind::Choice, options: &YES_OR_NO },
    Filter { name: "orders", word: ("orders", ""), label: "Has orders", kind: FieldKind::Choice, options: &YES_OR_NO },
    Filter { name: "min", word: ("spent", ">="), label: "Spent from", kind: FieldKind::Amount, options: &[] },
    Filter { name: "max", word: ("spent", "<="), label: "Spent up to", kind: FieldKind::Amount, options: &[] },
    Filter { name: "country", word: ("country", ""), label: "Country", kind: FieldKind::Text, options: &COUNTRIES },
    Filter {
        name: "created",
        word: ("created", ""),
        label: "Created",
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
    Filter { name: "from", word: ("created", ">="), label: "Created from", kind: FieldKind::Day, options: &[] },
    Filter { name: "to", word: ("created", "<="), label: "Created until", kind: FieldKind::Day, options: &[] },
    Filter {
        name: "seen",
        word: ("seen", ""),
        label: "Last sign-in",
        kind: FieldKind::Choice,
        options: &[
            ("never", "Never"),
            ("today", "Today"),
            ("7d", "Last 7 days"),
            ("30d", "Last 30 days"),
            ("90d", "Last 90 days"),
            ("365d", "Last 365 days"),
        ],
    },
    Filter { name: "seen_from", word: ("seen", ">="), label: "Last sign-in from", kind: FieldKind::Day, options: &[] },
    Filter { name: "seen_to", word: ("seen", "<="), label: "Last sign-in until", kind: FieldKind::Day, options: &[] },
    Filter { name: "tag", word: ("tag", ""), label: "Tag", kind: FieldKind::Text, options: &[] },
    Filter { name: "name", word: ("name", ""), label: "Name", kind: FieldKind::Text, options: &[] },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::model::Role;
    use std::collections::BTreeSet;

    #[test]
    fn what_the_form_offers_is_what_there_is() {
        let roles: Vec<_> = FILTERS[0]
            .options
            .iter()
            .filter(|(code, _)| *code != "staff")
            .map(|(code, label)| (*code, *label))
            .collect();
        assert_eq!(roles, Role::ALL.map(|role| (role.code(), role.label())));
        let names: BTreeSet<_> = FILTERS.iter().map(|filter| filter.name).collect();
        assert_eq!(names.len(), FILTERS.len());
    }
}
