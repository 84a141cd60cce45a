//! The orders in which the list can stand, each served by an index, and what their cursors hold.

use super::store::ListRow;
use crate::paging::{Cursor, Place};
use rust_decimal::Decimal;
use time::OffsetDateTime;

/// An order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: By,
    /// Smallest or oldest first.
    pub is_up: bool,
}

/// What it is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// When it was placed: the id has that time.
    #[default]
    Placed,
    /// When it was last changed.
    Updated,
    /// What the customer pays.
    Total,
}

impl By {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Placed, "placed"), (Self::Updated, "updated"), (Self::Total, "total")];
}

impl Sort {
    /// From the address: `total`, or `-total` for the largest first; empty is the newest first.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let (is_up, name) = text.strip_prefix('-').map_or((true, text), |name| (false, name));
        let (by, _) = By::ALL.into_iter().find(|(_, own)| *own == name)?;
        Some(Self { by, is_up })
    }

    /// Where a row stands in this order.
    #[must_use]
    pub fn cursor(self, row: &ListRow) -> Cursor {
        let key = match self.by {
            By::Placed => String::new(),
            By::Updated => (row.updated_at.unix_timestamp_nanos() / 1_000).to_string(),
            By::Total => row.grand_total.to_string(),
        };
        Cursor { key, id: row.id }
    }

    /// Whether a page's cursor is one of this order: another's, or one that somebody made up, isn't.
    #[must_use]
    pub fn reads(self, place: &Place) -> bool {
        let (Place::After(Cursor { key, .. }) | Place::Before(Cursor { key, .. })) = place else { return true };
        match self.by {
            By::Placed => key.is_empty(),
            By::Updated => time(key).is_some(),
            By::Total => amount(key).is_some(),
        }
    }
}

/// The time in a cursor, as microseconds since 1970.
pub(super) fn time(key: &str) -> Option<OffsetDateTime> {
    let micros: i64 = key.parse().ok()?;
    // what PostgreSQL can hold, and more than any order has
    (0..=7_000_000_000_000_000)
        .contains(&micros)
        .then(|| OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok())
        .flatten()
}

/// The amount in a cursor.
pub(super) fn amount(key: &str) -> Option<Decimal> {
    let sound = (1..=13).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    key.parse().ok().filter(|amount: &Decimal| sound && amount.scale() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn sorts_are_read_with_their_direction_and_their_own_cursors_only() {
        assert_eq!(Sort::parse(""), Some(Sort { by: By::Placed, is_up: false }));
        assert_eq!(Sort::parse("-total"), Some(Sort { by: By::Total, is_up: false }));
        assert_eq!(Sort::parse("updated"), Some(Sort { by: By::Updated, is_up: true }));
        for wrong in ["-", "total ", "grand_total", "--total", "id; drop"] {
            assert_eq!(Sort::parse(wrong), None, "{wrong}");
        }
        let at = |key: &str| Place::After(Cursor { key: key.into(), id: Uuid::nil() });
        let reads = |sort: &str, key: &str| Sort::parse(sort).unwrap().reads(&at(key));
        assert!(reads("", "") && reads("total", "12.50") && reads("updated", "1732500000000000"));
        assert!(!reads("", "12.50") && !reads("total", "") && !reads("total", "-1") && !reads("total", "1e9"));
        assert!(!reads("updated", "12.5") && !reads("updated", "99999999999999999") && !reads("total", "NaN"));
        assert!(Sort::parse("total").unwrap().reads(&Place::Start));
    }
}
