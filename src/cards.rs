//! Cards of a page as data: what a record is, in facts, as the server says it. No I/O.
//!
//! The server writes a [`Card`] (`write`, there only) and `ui::cards` draws it. So another card, or another fact in one,
//! costs the bundle nothing, and each page of a record draws its facts with the same code. A card travels as lines of
//! texts, as a list does: the first text of a line says what it is.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod write;

#[cfg(feature = "ssr")]
pub use write::BasketLine;

/// A card: its own line (id, title, class and words of a badge), then a line for each thing in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Card(Vec<Vec<String>>);

/// Something in a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A label, the class of its value, the value, and where that leads (may be nowhere).
    Fact { label: String, class: String, value: String, to: String },
    /// A label and a time: as `Stamp` has it.
    Time { label: String, utc: String, short: String },
    /// Lines as on a parcel.
    Address(Vec<String>),
    /// A remark.
    Remark(String),
    /// A record beside this one: where, its name, class and words of its badge, when, an amount.
    Record { to: String, name: String, class: String, state: String, when: String, amount: String },
    /// What can be done: words, icon, where; or why not.
    Act { label: String, icon: String, to: String, why_not: String },
    /// What follows is apart.
    Gap,
    /// Something that some pages only draw: its kind and texts.
    Other(String, Vec<String>),
}

impl Card {
    /// Its id, its title, the class and the words of its badge.
    #[must_use]
    pub fn head(&self) -> [String; 4] {
        let mut texts = self.0.first().cloned().unwrap_or_default().into_iter();
        [(); 4].map(|()| texts.next().unwrap_or_default())
    }

    /// Whether it has the page's wide column.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.0.first().is_some_and(|head| head.len() > 4)
    }

    /// What is in it.
    pub fn items(self) -> impl Iterator<Item = Item> {
        self.0.into_iter().skip(1).map(|line| {
            let mut texts = line.into_iter();
            let kind = texts.next().unwrap_or_default();
            let mut text = || texts.next().unwrap_or_default();
            match kind.as_str() {
                "fact" => Item::Fact { label: text(), class: text(), value: text(), to: text() },
                "time" => Item::Time { label: text(), utc: text(), short: text() },
                "address" => Item::Address(texts.collect()),
                "remark" => Item::Remark(text()),
                "record" => Item::Record {
                    to: text(),
                    name: text(),
                    class: text(),
                    state: text(),
                    when: text(),
                    amount: text(),
                },
                "act" => Item::Act { label: text(), icon: text(), to: text(), why_not: text() },
                "gap" => Item::Gap,
                _ => Item::Other(kind, texts.collect()),
            }
        })
    }
}
