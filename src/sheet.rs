//! What can be done on a page, as the server says it: who may, why not, and the form of what was opened. No I/O.
//!
//! A page shows an [`Act`] as a link to itself with `?act=…`; there the server adds the act's [`Sheet`], which
//! `ui::sheet` draws. So a page's many seldom used forms cost the bundle nothing, and the same code on the server
//! decides what is offered and what is done.

use crate::auth::model::{Me, Right};
use serde::{Deserialize, Serialize};

/// Something that can be done here, or why it can't.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The part of the page that it belongs to.
    pub place: String,
    /// Words of its link.
    pub label: String,
    /// Icon of its link.
    pub icon: String,
    /// Address of the page with it opened; empty when it can't be done.
    pub to: String,
    /// Which rule, state or right stands in the way, and who could.
    pub why_not: String,
}

impl Act {
    /// A link by itself, in whatever part of the page.
    #[must_use]
    pub fn link(label: &str, icon: &str, to: String) -> Self {
        Self { label: label.into(), icon: icon.into(), to, ..Self::default() }
    }
}

/// Why a person without a right can't do what it is for; nothing: their role has it, or it was lent to them.
#[must_use]
pub fn why_not_right(right: Right, me: &Me) -> Option<String> {
    (!me.may(right)).then(|| format!("for these roles only: {}.", right.holder_names()))
}

/// The form of an act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Its title.
    pub title: String,
    /// What sending it changes, a sentence each.
    pub effects: Vec<String>,
    /// Path of the server function that it is for.
    pub to: String,
    /// Fields that aren't shown: names and values.
    pub hidden: Vec<(String, String)>,
    /// Version of the row, for acts that check it.
    pub version: Option<i32>,
    /// What is asked.
    pub fields: Vec<SheetField>,
    /// Words of its button.
    pub submit: String,
    /// It takes something away.
    pub is_danger: bool,
    /// Why it can't be done any more: there is no button then, but what was typed.
    pub why_not: String,
    /// The page without it.
    pub back: String,
}

/// A field of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetField {
    /// The argument's name.
    pub name: String,
    /// Its label.
    pub label: String,
    /// What is expected; may be empty.
    pub hint: String,
    /// What it begins with.
    pub value: String,
    /// Whether it must be filled.
    pub required: bool,
    /// Lines on show: none for a line of text, more for a text.
    pub rows: u8,
    /// What a line of text is: `email`, `password` (one's own), `new-password`, `code`, `date`; empty: any text.
    #[serde(default)]
    pub kind: String,
    /// What can be chosen: stored word and words for people. None: anything can be typed.
    pub options: Vec<(String, String)>,
}

impl SheetField {
    /// A line of text.
    #[must_use]
    pub fn line(name: &str, label: &str, value: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), value: value.into(), ..Self::default() }
    }

    /// A line that is not shown while it is typed, or a code: `kind` as above.
    #[must_use]
    pub fn of_kind(kind: &str, name: &str, label: &str) -> Self {
        Self { kind: kind.into(), required: true, ..Self::line(name, label, "") }
    }

    /// One of several: stored word and words for people.
    #[must_use]
    pub fn choice(name: &str, label: &str, value: &str, options: Vec<(String, String)>) -> Self {
        Self { options, ..Self::line(name, label, value) }
    }

    /// A text of several lines.
    #[must_use]
    pub fn text(name: &str, label: &str, rows: u8) -> Self {
        Self { rows, ..Self::line(name, label, "") }
    }

    /// That must be filled.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// With what is expected.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}
