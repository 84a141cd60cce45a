//! Keyset paging, the same for every list: `after=`/`before=` cursors and `limit=` in the address.

use uuid::Uuid;

/// Page sizes a person can choose; the first is not the default.
pub const LIMITS: [u16; 3] = [25, 50, 100];
/// Rows a page has when the address doesn't say.
pub const DEFAULT_LIMIT: u16 = 50;

/// A row that a page ends or begins with: its id, and where its list isn't sorted by id what it is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the list is sorted by, as the list writes it; empty: the id alone.
    pub key: String,
    /// The row.
    pub id: Uuid,
}

impl Cursor {
    /// As in the address: `1656.00~0193…` or the id alone.
    #[must_use]
    pub fn text(&self) -> String {
        if self.key.is_empty() { self.id.to_string() } else { format!("{}~{}", self.key, self.id) }
    }

    fn parse(text: &str) -> Option<Self> {
        let (key, id) = text.split_once('~').unwrap_or(("", text));
        Some(Self { key: key.to_owned(), id: id.parse().ok()? })
    }
}

/// Where a page starts in the order of its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The first rows.
    #[default]
    Start,
    /// Rows that come after this one.
    After(Cursor),
    /// Rows that come before this one.
    Before(Cursor),
}

impl Place {
    /// From the address; a malformed cursor is an error, not page one.
    ///
    /// # Errors
    /// The text that is no cursor, or both cursors at once.
    pub fn parse(after: Option<&str>, before: Option<&str>) -> Result<Self, String> {
        let id = |text: &str| Cursor::parse(text).ok_or_else(|| format!("“{text}” is no page of this list"));
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Cursor of the page before, when there is one.
    pub previous: Option<Cursor>,
    /// Cursor of the page behind, when there is one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// From the rows a statement brought when asked for one more than `limit`.
    /// `rows` come in the order of the statement: that of the list, or the other way round for [`Place::Before`].
    #[must_use]
    pub fn cut(mut rows: Vec<T>, limit: u16, place: &Place, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > usize::from(limit);
        rows.truncate(usize::from(limit));
        let back = matches!(place, Place::Before(_));
        if back {
            rows.reverse();
        }
        let (previous, next) = match place {
            Place::Start => (false, more),
            Place::After(_) => (true, more),
            Place::Before(_) => (more, true),
        };
        Self {
            previous: rows.first().filter(|_| previous).map(&cursor),
            next: rows.last().filter(|_| next).map(&cursor),
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: u128) -> Vec<Uuid> {
        (1..=n).rev().map(Uuid::from_u128).collect()
    }

    fn at(n: u128) -> Cursor {
        Cursor { key: String::new(), id: Uuid::from_u128(n) }
    }

    fn cut(rows: Vec<Uuid>, place: &Place) -> Page<Uuid> {
        Page::cut(rows, 3, place, |id| Cursor { key: String::new(), id: *id })
    }

    #[test]
    fn first_page_has_more_rows_only_when_one_more_came() {
        let page = cut(ids(4), &Place::Start);
        assert_eq!(page.rows.len(), 3);
        assert_eq!((page.previous, page.next), (None, Some(at(2))));
        let page = cut(ids(3), &Place::Start);
        assert_eq!((page.previous, page.next), (None, None));
    }

    #[test]
    fn going_back_turns_the_rows_round_and_keeps_the_way_forward() {
        let mut rows = ids(4);
        rows.reverse();
        let page = cut(rows, &Place::Before(at(0)));
        assert_eq!(page.rows, vec![Uuid::from_u128(3), Uuid::from_u128(2), Uuid::from_u128(1)]);
        assert_eq!((page.previous, page.next), (Some(at(3)), Some(at(1))));
    }

    #[test]
    fn an_empty_page_leads_nowhere() {
        let page = cut(Vec::new(), &Place::After(at(0)));
        assert_eq!((page.previous, page.next), (None, None));
    }

    #[test]
    fn cursors_and_sizes_are_read_strictly() {
        assert_eq!(Place::parse(None, Some("")), Ok(Place::Start));
        assert!(Place::parse(Some("1; drop"), None).is_err());
        assert!(Place::parse(Some(&Uuid::nil().to_string()), Some(&Uuid::nil().to_string())).is_err());
        let place = Place::parse(Some(&format!("12.50~{}", Uuid::nil())), None);
        assert_eq!(place, Ok(Place::After(Cursor { key: "12.50".into(), id: Uuid::nil() })));
        assert_eq!(limit(Some("100")), 100);
        assert_eq!(limit(Some("1000000")), DEFAULT_LIMIT);
        assert_eq!(limit(Some("-1")), DEFAULT_LIMIT);
    }
}
