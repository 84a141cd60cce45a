//! Who can be merged with whom, and the words for what moves. No I/O.

use crate::{auth::model::Role, list::counts};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Orders that one merge moves at most: more would take longer than a request may.
pub const MOST_ORDERS: i64 = 15_000;

/// One of the two accounts.
#[derive(Clone, Debug)]
pub struct Side {
    pub id: Uuid,
    pub name: String,
    pub role: String,
    pub status: String,
    /// It was merged into another one.
    pub is_merged: bool,
}

/// Why this account can't be merged with any; nothing: it can.
pub fn why_never(side: &Side) -> Option<String> {
    let name = &side.name;
    match side.status.as_str() {
        _ if side.role != Role::Customer.code() => {
            Some(format!("{name} works here: accounts of colleagues aren’t merged."))
        }
        _ if side.is_merged => Some(format!("the account of {name} was merged into another one.")),
        "deleted" => Some(format!("the account of {name} is deleted. Bring it back first.")),
        "suspended" => Some(format!(
            "the account of {name} is suspended, and a merge would lift that or pass it on. Reactivate it first, or leave both apart."
        )),
        _ => None,
    }
}

/// Why these two can't be merged; nothing: they can.
pub fn why_not(kept: &Side, merged: &Side) -> Option<String> {
    if kept.id == merged.id {
        return Some("this is the same account twice.".into());
    }
    why_never(kept).or_else(|| why_never(merged))
}

/// Why so many orders can't be moved at once.
pub fn why_too_many(orders: i64) -> Option<String> {
    (orders > MOST_ORDERS).then(|| {
        format!(
            "the account that goes has {}, more than {} can’t be moved at once. Let the other one stay.",
            counts::of(orders, ("order", "orders")),
            counts::grouped(MOST_ORDERS)
        )
    })
}

/// How many rows of each table.
pub type Counts = BTreeMap<String, i64>;

/// Tables whose rows move, in the order in which they are told, and a row of theirs in words.
pub const TABLES: [(&str, (&str, &str)); 8] = [
    ("orders", ("order", "orders")),
    ("reviews", ("review", "reviews")),
    ("review_votes", ("vote on a review", "votes on reviews")),
    ("addresses", ("address", "addresses")),
    ("payment_methods", ("way to pay", "ways to pay")),
    ("wishlists", ("product of the wish list", "products of the wish list")),
    ("cart_items", ("line of the cart", "lines of the cart")),
    ("user_notes", ("note by staff", "notes by staff")),
];

/// Numbers in words: “3 orders, 1 address”; nothing when all are none.
pub fn in_words(numbers: &Counts) -> Option<String> {
    let words: Vec<String> = TABLES
        .iter()
        .filter_map(|(table, words)| Some((*numbers.get(*table)?, *words)))
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| counts::of(number, words))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The address with the same letters whatever its dots and what follows a plus, as `users_email_core_idx` has it.
pub fn core_of(email: &str) -> String {
    let (name, host) = email.split_once('@').unwrap_or((email, ""));
    let name = name.split('+').next().unwrap_or_default().replace('.', "");
    format!("{name}@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(name: &str, role: &str, status: &str) -> Side {
        let id = Uuid::from_u128(name.len().try_into().unwrap_or_default());
        Side { id, name: name.into(), role: role.into(), status: status.into(), is_merged: false }
    }

    #[test]
    fn only_two_customers_who_can_sign_in_are_merged() {
        let ada = side("Ada", "customer", "active");
        assert_eq!(why_not(&ada, &side("Adele", "customer", "inactive")), None);
        let why = |other: &Side| [why_not(&ada, other), why_not(other, &ada)].map(Option::unwrap_or_default);
        for (other, word) in [
            (side("Adele", "support", "active"), "works here"),
            (side("Adele", "customer", "deleted"), "Bring it back first"),
            (side("Adele", "customer", "suspended"), "lift that or pass it on"),
            (Side { is_merged: true, ..side("Adele", "customer", "deleted") }, "was merged into another one"),
        ] {
            assert!(why(&other).iter().all(|text| text.contains(word)), "{word}: {:?}", why(&other));
        }
        assert!(why_not(&ada, &ada.clone()).unwrap().contains("same account"));
        assert!(why_too_many(MOST_ORDERS).is_none() && why_too_many(MOST_ORDERS + 1).is_some());
    }

    #[test]
    fn numbers_are_told_in_one_order_and_none_is_not() {
        let numbers = |all: &[(&str, i64)]| all.iter().map(|(table, number)| ((*table).to_owned(), *number)).collect();
        assert_eq!(
            in_words(&numbers(&[("addresses", 1), ("orders", 3), ("cart_items", 0)])).as_deref(),
            Some("3 orders, 1 address")
        );
        assert_eq!(in_words(&numbers(&[("orders", 0)])), None);
    }

    #[test]
    fn dots_and_what_follows_a_plus_make_no_other_person() {
        assert_eq!(core_of("a.d.a+shop@mail.example"), "ada@mail.example");
        assert_eq!(core_of("ada@mail.example"), "ada@mail.example");
    }
}
