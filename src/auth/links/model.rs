//! What the browser sees of a link.

use serde::{Deserialize, Serialize};

/// What the page of a link shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkPage {
    /// Not one of ours, or cut off on its way.
    Unknown,
    /// Used, too old, replaced by a newer one; or its person or address changed.
    Dead,
    /// A password is chosen.
    Password {
        /// For whom, masked.
        email: String,
        /// The first one.
        is_first: bool,
        /// The person has a second factor, whose code is asked for.
        needs_code: bool,
    },
    /// A new address is confirmed.
    Email {
        /// The new one, masked.
        email: String,
    },
}

/// What `/login` says after a link was used, by the word in its address (`done=…`).
#[must_use]
pub fn done_words(word: &str) -> Option<&'static str> {
    match word {
        "password" => Some("Your password is set. Sign in with it."),
        "email" => Some("Your new address is confirmed. Sign in with it from now on."),
        _ => None,
    }
}
