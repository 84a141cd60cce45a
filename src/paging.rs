//! Keyset paging, the same for every list: `after=`/`before=` cursors and `limit=` in the address.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Page sizes a person can choose; the first is not the default.
pub const LIMITS: [u16; 3] = [25, 50, 100];
/// Rows a page has when the address doesn't say.
pub const DEFAULT_LIMIT: u16 = 50;

/// Where a page starts in a list that is sorted newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The newest rows.
    #[default]
    Start,
    /// Rows that come after this one: older.
    After(Uuid),
    /// Rows that come before this one: newer.
    Before(Uuid),
}

impl Place {
    /// From the address; a malformed cursor is an error, not page one.
    ///
    /// # Errors
    /// The text that is no cursor, or both cursors at once.
    pub fn parse(after: Option<&str>, before: Option<&str>) -> Result<Self, String> {
        let id = |text: &str| text.parse().map_err(|_| format!("“{text}” is no page of this list"));
        match (after.filter(|t| !t.is_empty()), before.filter(|t| !t.is_empty())) {
            (None, None) => Ok(Self::Start),
            (Some(text), None) => id(text).map(Self::After),
            (None, Some(text)) => id(text).map(Self::Before),
            (Some(_), Some(_)) => Err("“after” and “before” can't both be given".into()),
        }
    }
}

/// A page size from the address: one of [`LIMITS`], else the default.
#[must_use]
pub fn limit(text: Option<&str>) -> u16 {
    text.and_then(|t| t.parse().ok()).filter(|n| LIMITS.contains(n)).unwrap_or(DEFAULT_LIMIT)
}

/// One page of rows with the cursors to its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// Cursor of the page with newer rows, when there is one.
    pub newer: Option<Uuid>,
    /// Cursor of the page with older rows, when there is one.
    pub older: Option<Uuid>,
}

impl<T> Page<T> {
    /// From the rows a statement brought when asked for one more than `limit`.
    /// `rows` come in the order of the statement: newest first, or oldest first for [`Place::Before`].
    #[must_use]
    pub fn cut(mut rows: Vec<T>, limit: u16, place: Place, id: impl Fn(&T) -> Uuid) -> Self {
        let more = rows.len() > usize::from(limit);
        rows.truncate(usize::from(limit));
        let back = matches!(place, Place::Before(_));
        if back {
            rows.reverse();
        }
        let (newer, older) = match place {
            Place::Start => (false, more),
            Place::After(_) => (true, more),
            Place::Before(_) => (more, true),
        };
        Self { newer: rows.first().filter(|_| newer).map(&id), older: rows.last().filter(|_| older).map(&id), rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: u128) -> Vec<Uuid> {
        (1..=n).rev().map(Uuid::from_u128).collect()
    }

    #[test]
    fn first_page_has_older_rows_only_when_one_more_came() {
        let page = Page::cut(ids(4), 3, Place::Start, |id| *id);
        assert_eq!(page.rows.len(), 3);
        assert_eq!((page.newer, page.older), (None, Some(Uuid::from_u128(2))));
        let page = Page::cut(ids(3), 3, Place::Start, |id| *id);
        assert_eq!((page.newer, page.older), (None, None));
    }

    #[test]
    fn going_back_turns_the_rows_round_and_keeps_the_way_forward() {
        let mut rows = ids(4);
        rows.reverse();
        let page = Page::cut(rows, 3, Place::Before(Uuid::from_u128(0)), |id| *id);
        assert_eq!(page.rows, vec![Uuid::from_u128(3), Uuid::from_u128(2), Uuid::from_u128(1)]);
        assert_eq!(page.newer, Some(Uuid::from_u128(3)));
        assert_eq!(page.older, Some(Uuid::from_u128(1)));
    }

    #[test]
    fn an_empty_page_leads_nowhere() {
        let page = Page::cut(Vec::<Uuid>::new(), 3, Place::After(Uuid::nil()), |id| *id);
        assert_eq!((page.newer, page.older), (None, None));
    }

    #[test]
    fn cursors_and_sizes_are_read_strictly() {
        assert_eq!(Place::parse(None, Some("")), Ok(Place::Start));
        assert!(Place::parse(Some("1; drop"), None).is_err());
        assert!(Place::parse(Some(&Uuid::nil().to_string()), Some(&Uuid::nil().to_string())).is_err());
        assert_eq!(limit(Some("100")), 100);
        assert_eq!(limit(Some("1000000")), DEFAULT_LIMIT);
        assert_eq!(limit(Some("-1")), DEFAULT_LIMIT);
    }
}
