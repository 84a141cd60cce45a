//! The orders in which a list can stand, each served by an index, and what their cursors hold.

use crate::paging::{Cursor, Place};
use rust_decimal::Decimal;
use sqlx::{Postgres, QueryBuilder};
use std::{fmt, marker::PhantomData};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a row without a time has for one in its cursor: it stands where the oldest do.
const NEVER: &str = "never";

/// What a list of rows `R` can be sorted by.
pub struct By<R> {
    /// Its name in the address.
    pub name: &'static str,
    /// What the cursor has of a row.
    pub key: Key<R>,
    /// In SQL, as the index has it.
    pub column: &'static str,
    /// The id that stands behind it in the index.
    pub id: &'static str,
    /// The same value as an expression that no index has: rows are sorted then, not walked.
    pub unindexed: &'static str,
}

/// What a row is sorted by.
pub enum Key<R> {
    /// Its id alone.
    Id,
    /// A time; without one it is `-infinity` in SQL.
    Time(fn(&R) -> Option<OffsetDateTime>),
    /// An amount.
    Amount(fn(&R) -> Decimal),
    /// A number.
    Count(fn(&R) -> i64),
}

/// A row of a list that can be sorted.
pub trait Sorted: Sized + 'static {
    /// What it can be sorted by, the usual first: the largest or newest on top.
    const SORTS: &'static [By<Self>];

    /// Its id.
    fn id(&self) -> Uuid;
}

/// An order of a list.
pub struct Sort<R> {
    by: usize,
    is_up: bool,
    of: PhantomData<fn(&R)>,
}

impl<R> Clone for Sort<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Sort<R> {}

impl<R> Default for Sort<R> {
    fn default() -> Self {
        Self { by: 0, is_up: false, of: PhantomData }
    }
}

impl<R> PartialEq for Sort<R> {
    fn eq(&self, other: &Self) -> bool {
        (self.by, self.is_up) == (other.by, other.is_up)
    }
}

impl<R> fmt::Debug for Sort<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "by {} {}", self.by, if self.is_up { "up" } else { "down" })
    }
}

impl<R: Sorted> Sort<R> {
    /// From the address: `total`, or `-total` for the largest first; empty is the usual one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let (is_up, name) = text.strip_prefix('-').map_or((true, text), |name| (false, name));
        let by = R::SORTS.iter().position(|by| by.name == name)?;
        Some(Self { by, is_up, of: PhantomData })
    }

    /// As in the address.
    #[must_use]
    pub fn text(self) -> String {
        format!("{}{}", if self.is_up { "" } else { "-" }, self.by().name)
    }

    fn by(self) -> &'static By<R> {
        &R::SORTS[self.by]
    }

    /// Whether rows stand by their ids alone.
    #[must_use]
    pub fn is_by_id(self) -> bool {
        matches!(self.by().key, Key::Id)
    }

    /// Where a row stands in this order.
    #[must_use]
    pub fn cursor(self, row: &R) -> Cursor {
        let key = match self.by().key {
            Key::Id => String::new(),
            Key::Time(of) => {
                of(row).map_or_else(|| NEVER.to_owned(), |at| (at.unix_timestamp_nanos() / 1_000).to_string())
            }
            Key::Amount(of) => of(row).to_string(),
            Key::Count(of) => of(row).to_string(),
        };
        Cursor { key, id: row.id() }
    }

    /// Whether a page's cursor is one of this order: another's, or one that somebody made up, isn't.
    #[must_use]
    pub fn reads(self, place: &Place) -> bool {
        let (Place::After(Cursor { key, .. }) | Place::Before(Cursor { key, .. })) = place else { return true };
        match self.by().key {
            Key::Id => key.is_empty(),
            Key::Time(_) => key == NEVER || time(key).is_some(),
            Key::Amount(_) => amount(key).is_some(),
            Key::Count(_) => count(key).is_some(),
        }
    }

    /// Which way a statement reads for a page at this place.
    #[must_use]
    pub fn direction(self, place: &Place) -> &'static str {
        if self.is_up == matches!(place, Place::Before(_)) { "DESC" } else { "ASC" }
    }

    /// What a statement orders by; `sorts`: by what no index has.
    #[must_use]
    pub fn order(self, place: &Place, sorts: bool) -> String {
        let (by, direction) = (self.by(), self.direction(place));
        if self.is_by_id() {
            return format!("{} {direction}", by.id);
        }
        format!("{} {direction}, {} {direction}", if sorts { by.unindexed } else { by.column }, by.id)
    }

    /// What of the list lies beyond the cursor, whose key it [`Self::reads`]: ` AND …`.
    pub fn push_beyond(self, sql: &mut QueryBuilder<Postgres>, place: &Place) {
        let by = self.by();
        if self.is_by_id() {
            self.push_beyond_id(sql, by.id, place);
            return;
        }
        let (Place::After(Cursor { key, id }) | Place::Before(Cursor { key, id })) = place else { return };
        sql.push(format_args!(" AND ({}, {}) {} (", by.column, by.id, self.sign(place)));
        match by.key {
            Key::Id => {}
            Key::Time(_) if key == NEVER => {
                sql.push("'-infinity'::timestamptz");
            }
            Key::Time(_) => {
                sql.push_bind(time(key));
            }
            Key::Amount(_) => {
                sql.push_bind(amount(key));
            }
            Key::Count(_) => {
                sql.push_bind(count(key));
            }
        }
        sql.push(", ").push_bind(*id).push(")");
    }

    /// The same of a list that stands by its ids, which are in this column.
    pub fn push_beyond_id(self, sql: &mut QueryBuilder<Postgres>, column: &str, place: &Place) {
        if let Place::After(cursor) | Place::Before(cursor) = place {
            sql.push(format_args!(" AND {column} {} ", self.sign(place))).push_bind(cursor.id);
        }
    }

    fn sign(self, place: &Place) -> &'static str {
        if self.is_up == matches!(place, Place::After(_)) { ">" } else { "<" }
    }
}

/// The time in a cursor, as microseconds since 1970.
fn time(key: &str) -> Option<OffsetDateTime> {
    let micros: i64 = key.parse().ok()?;
    // what PostgreSQL can hold, and more than any row has
    (0..=7_000_000_000_000_000)
        .contains(&micros)
        .then(|| OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok())
        .flatten()
}

/// The amount in a cursor.
fn amount(key: &str) -> Option<Decimal> {
    let sound = (1..=13).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    key.parse().ok().filter(|amount: &Decimal| sound && amount.scale() <= 2)
}

/// The number in a cursor.
fn count(key: &str) -> Option<i64> {
    key.bytes().all(|byte| byte.is_ascii_digit()).then(|| key.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row;

    impl Sorted for Row {
        const SORTS: &'static [By<Self>] = &[
            By { name: "placed", key: Key::Id, column: "id", id: "id", unindexed: "id" },
            By { name: "total", key: Key::Amount(|_| Decimal::TEN), column: "t", id: "id", unindexed: "t + 0" },
            By { name: "seen", key: Key::Time(|_| None), column: "s", id: "id", unindexed: "s" },
            By { name: "orders", key: Key::Count(|_| 7), column: "n", id: "id", unindexed: "n" },
        ];

        fn id(&self) -> Uuid {
            Uuid::nil()
        }
    }

    fn sort(text: &str) -> Sort<Row> {
        Sort::parse(text).unwrap()
    }

    fn after(key: &str) -> Place {
        Place::After(Cursor { key: key.into(), id: Uuid::nil() })
    }

    #[test]
    fn sorts_are_read_with_their_direction_and_their_own_cursors_only() {
        assert_eq!(sort(""), Sort::default());
        assert_eq!(
            (sort("").text(), sort("-total").text(), sort("seen").text()),
            ("-placed".into(), "-total".into(), "seen".into())
        );
        for wrong in ["-", "total ", "grand_total", "--total", "id; drop"] {
            assert!(Sort::<Row>::parse(wrong).is_none(), "{wrong}");
        }
        let reads = |name: &str, key: &str| sort(name).reads(&after(key));
        assert!(reads("", "") && reads("total", "12.50") && reads("seen", "1732500000000000") && reads("orders", "3"));
        assert!(reads("seen", "never") && !reads("total", "never") && !reads("orders", "-3") && !reads("orders", ""));
        assert!(!reads("", "12.50") && !reads("total", "") && !reads("total", "-1") && !reads("total", "1e9"));
        assert!(!reads("seen", "12.5") && !reads("seen", "99999999999999999") && !reads("total", "NaN"));
        assert!(sort("total").reads(&Place::Start));
        for name in ["", "total", "seen", "orders"] {
            assert!(sort(name).reads(&Place::After(sort(name).cursor(&Row))), "{name}: its own");
        }
    }

    #[test]
    fn statements_read_on_from_the_cursor_in_the_direction_of_the_page() {
        let beyond = |name: &str, place: &Place| {
            let mut sql = QueryBuilder::new("");
            sort(name).push_beyond(&mut sql, place);
            sql.sql().as_str().to_owned()
        };
        assert_eq!(beyond("-total", &after("12.50")), " AND (t, id) < ($1, $2)");
        assert_eq!(beyond("seen", &after("never")), " AND (s, id) > ('-infinity'::timestamptz, $1)");
        assert_eq!(beyond("", &after("")), " AND id < $1");
        assert_eq!(beyond("orders", &Place::Start), "");
        assert_eq!(sort("-total").order(&Place::Start, false), "t DESC, id DESC");
        assert_eq!(sort("-total").order(&after(""), true), "t + 0 DESC, id DESC");
        let before = Place::Before(Cursor { key: String::new(), id: Uuid::nil() });
        assert_eq!(sort("").order(&before, false), "id ASC");
    }
}
