//! The list of the audit trail, on the server: what its address asks for, and what is found.

pub mod columns;
pub mod filters;
pub mod key;
pub mod search;
pub mod service;
pub mod statements;
pub mod store;

use crate::list::suggest::{completed, last_word, whole};

/// The whole text with its last word completed. Names of people aren't: a part of one is enough to find by.
#[must_use]
pub fn suggest(text: &str) -> Vec<String> {
    let Some((before, last)) = last_word(text) else { return Vec::new() };
    let more = ["actor", "field", "request", "row", "kind"];
    let words = completed(last, &filters::FILTERS, &more, |field| match field {
        "kind" => search::KINDS.iter().map(|(code, _)| (*code).to_owned()).collect(),
        _ => Vec::new(),
    });
    whole(before, words)
}
