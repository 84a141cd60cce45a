//! What travels between a list's page and the server. No I/O.

use super::lines::Lines;
use crate::{money::Money, stamp::Stamp, ui::Slot};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a list is asked for: the parameters of its address, in their order; empty ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// From the parameters of an address.
    #[must_use]
    pub fn new(parameters: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut query = Self::default();
        for (name, value) in parameters {
            query.set(&name, &value);
        }
        query
    }

    /// The value of a parameter; empty when there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same with another value; an empty one takes the parameter away.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut query = self.clone();
        query.set(name, value);
        query
    }

    /// The same without parameters.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }

    /// The same from the first page on.
    #[must_use]
    pub fn first_page(&self) -> Self {
        self.without(&["after", "before"])
    }

    fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some(_) if value.is_empty() => self.0.retain(|(own, _)| own != name),
            Some((_, own)) => value.clone_into(own),
            None if value.is_empty() => {}
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// As it stands behind the `?` of an address.
    #[must_use]
    pub fn text(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        pairs.join("&")
    }

    /// The address of the list at `path` that asks for this.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        if self.0.is_empty() { path.to_owned() } else { format!("{path}?{}", self.text()) }
    }
}

/// Percent-encoding for a query value: all but unreserved characters.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(HEX[usize::from(nibble)]);
            out.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
        }
    }
    out
}

/// A page of a list, ready to be drawn. Addresses are paths of ours; empty: there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Lines", from = "Lines")]
pub struct List {
    /// The columns on show.
    pub heads: Vec<Head>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Before a row's id in its address.
    pub row_path: String,
    /// Behind it: where the row was found, for its neighbours and the way back.
    pub row_tail: String,
    /// The page before.
    pub previous: String,
    /// The page behind.
    pub next: String,
    /// How many there are.
    pub summary: String,
    /// Page sizes: size, address, whether it is in use.
    pub sizes: Vec<(u16, String, bool)>,
    /// Why nothing was looked for; else empty.
    pub problem: String,
    /// How far was looked, where that isn't everywhere; else empty.
    pub note: String,
    /// What must not be overlooked: words, and where each leads (may be nowhere); none: nothing.
    pub alarm: Vec<(String, String)>,
    /// Whether anything narrows the list.
    pub is_narrowed: bool,
    /// The filters in use.
    pub chips: Vec<Chip>,
    /// The list without any of them.
    pub cleared: String,
    /// The whole list.
    pub all: String,
    /// States as tabs.
    pub tabs: Vec<Tab>,
    /// Fields of the form of filters.
    pub fields: Vec<FilterField>,
    /// The parameters that the search keeps.
    pub kept: Vec<(String, String)>,
    /// The panel that is open: `columns`, `filters` or empty.
    pub panel: String,
    /// Columns to choose from, while that panel is open.
    pub columns: Vec<ColumnChoice>,
    /// The list with the panel of columns open, and without any.
    pub panel_address: (String, String),
    /// Saved views of this list: name, address, whether it is on show.
    pub views: Vec<(String, String, bool)>,
    /// Where this list is saved as a view.
    pub save: String,
    /// Files of this list: as CSV, as XLSX, as JSON.
    pub files: [String; 3],
    /// Where all that fit are changed together; empty: nowhere.
    pub bulk: String,
    /// Where those that are checked are; empty: nowhere.
    pub bulk_chosen: String,
    /// Words and address of what makes another of its rows; empty: nothing does.
    pub add: (String, String),
}

/// A column's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its name.
    pub label: String,
    /// Its place.
    pub slot: Slot,
    /// The list sorted by it, or the other way round; empty: it can't be.
    pub sort: String,
    /// Whether the list is sorted by it, and upwards.
    pub sorted: Option<bool>,
}

/// A row: a cell for each head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// What it is called: `TA-104818`.
    pub name: String,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// What a cell shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The row's name, which leads to it.
    Name,
    /// A text, and a smaller one behind it.
    Text(String, String),
    /// A text of less weight.
    Soft(String),
    /// A state: class of the badge, and its words.
    Badge(String, String),
    /// A time.
    Time(Stamp),
    /// A count.
    Count(i64),
    /// An amount.
    Money(Money),
}

/// A filter in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// What is filtered: `Total`.
    pub label: String,
    /// By what: `over 500`.
    pub value: String,
    /// The list without it.
    pub without: String,
}

/// A state as a tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Its name.
    pub label: String,
    /// The list with it.
    pub to: String,
    /// It is on show.
    pub current: bool,
    /// How many rows it has; empty when that isn't known.
    pub count: String,
}

/// A field of the form of filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterField {
    /// The parameter.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Its value.
    pub value: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Values to choose from, or offered while typing: value and label.
    pub options: Vec<(String, String)>,
}

/// What a field of the form of filters takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One of its options, or none.
    Choice,
    /// A text; the options are offered.
    Text,
    /// A day.
    Day,
    /// An amount.
    Amount,
}

/// A column to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnChoice {
    /// Its name.
    pub label: String,
    /// Whether it is on show.
    pub shown: bool,
    /// The list with or without it.
    pub turn: String,
    /// The list with it one place further left; empty: it can't go there.
    pub left: String,
    /// The same to the right.
    pub right: String,
}

#[cfg(feature = "ssr")]
mod parse;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_its_address_and_back() {
        let query = Query::default().with("q", "a b&c=ä").with("status", "PENDING").with("limit", "");
        assert_eq!(query.address("/orders"), "/orders?q=a%20b%26c%3D%C3%A4&status=PENDING");
        assert_eq!(Query::parse(&query.text()), query);
        assert_eq!(Query::parse("q=a+b&&x&status=%ZZ").get("q"), "a b");
        assert_eq!(Query::default().address("/orders"), "/orders");
        assert_eq!(query.with("q", "").text(), "status=PENDING");
        assert_eq!(query.with("after", "1").first_page(), query);
    }
}
