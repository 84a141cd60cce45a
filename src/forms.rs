//! What a form post can end in, shared by server functions, plain posts and the browser.
//!
//! One mechanism for all forms: a form posts to the address of its own page. Without JavaScript
//! `server::forms` runs the same server function and answers 303, or renders the page again with
//! [`Posted`] in context. With JavaScript `ui::Form` calls the server function and stays on the page.

use crate::pages::Extras;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a form is told whose fields can't be read as its function's arguments.
pub const UNREADABLE: &str =
    "A field of this form is missing or has a value that it can't have. Check the form and send it again.";

/// How an act ended, as a value: expected refusals are not errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Done and committed.
    Done(Done),
    /// Not done, nothing changed; says why and what to do next.
    Refused(Refusal),
}

/// A committed act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Where to go on: a path of ours.
    pub to: String,
    /// What was done, for people; empty when the next page says it by itself.
    pub message: String,
    /// The next page must be loaded anew (the person or the session changed).
    pub reload: bool,
}

/// A refused act. The status is the answer to a plain post; with JavaScript the value travels in a 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// 409 for a conflict, 422 for input, 401/403/429 for access.
    pub status: u16,
    /// What happened and what to do next.
    pub message: String,
    /// Errors beside fields, by field name.
    pub fields: BTreeMap<String, String>,
    /// The row's version, when the person was told what it holds now: the same form sent with it is meant.
    #[serde(default)]
    pub version: Option<i32>,
    /// The form asks for the person's password or a code, and is carried out with it.
    #[serde(default)]
    pub needs_proof: bool,
}

impl Refusal {
    /// Input that can't be taken as it is.
    #[must_use]
    pub fn input(message: impl Into<String>) -> Self {
        Self { status: 422, message: message.into(), fields: BTreeMap::new(), version: None, needs_proof: false }
    }

    /// The world moved on since the form was drawn.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { status: 409, ..Self::input(message) }
    }

    /// The person must show that it is still them.
    #[must_use]
    pub fn proof() -> Self {
        let message = "This needs you to confirm that it is you. Nothing was changed yet.";
        Self { status: 403, needs_proof: true, ..Self::input(message) }
    }

    /// Adds an error beside a field.
    #[must_use]
    pub fn field(mut self, name: &str, error: impl Into<String>) -> Self {
        self.fields.insert(name.to_owned(), error.into());
        self
    }

    /// The refusal when any field has an error.
    ///
    /// # Errors
    /// Itself, when at least one field error was added.
    pub fn check(self) -> Result<(), Self> {
        if self.fields.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A plain post that was refused: what the page needs to show the form again, filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Address of the server function that the form stands for.
    pub form: String,
    /// What was typed, by field name; passwords are left out.
    pub values: BTreeMap<String, String>,
    /// Why it was refused.
    pub refusal: Refusal,
}

/// What a page may need from the server besides its own data; travels in the page once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageNotes {
    /// The refused form of this page.
    pub posted: Option<Posted>,
    /// What the post before this page did.
    pub flash: Option<String>,
    /// Id of the request that drew this page, for error pages.
    pub request_id: String,
    /// Pages that only some installations have.
    #[serde(default)]
    pub extras: Extras,
    /// The views that this person has pinned, each a `list::views::model::Pin`.
    pub pins: Vec<Vec<String>>,
    /// How many items of the inbox wait; empty: none.
    #[serde(default)]
    pub unread: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_without_field_errors_passes_its_check() {
        assert_eq!(Refusal::input("x").check(), Ok(()));
        let bad = Refusal::input("x").field("note", "empty");
        assert_eq!(bad.clone().check(), Err(bad));
    }
}
