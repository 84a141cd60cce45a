//! Merging two accounts of one customer, `/users/{id}/merge`: side by side, what moves, what is double; recorded, and
//! undone within a day from the page of either.
//!
//! Words: the account that *stays* (`kept`) keeps its address and password; the other one *goes* (`merged`): it is deleted
//! softly and says where it went, its address stays taken, and who orders with it orders for the account that stays.
//! A *double* is a row that the account that stays has the like of: it isn't moved.
//!
//! Files: `service` the page as data · `cards` its cards · `rules` who can be merged with whom, and the words for what
//! moves · `store` SQL · `act` merging · `rows` what changes hands · `undo` undoing it.

mod act;
mod cards;
mod rows;
mod rules;
pub mod service;
pub mod store;
pub mod undo;

pub use act::merge;
pub use cards::merges;
pub use rules::{Side, why_never};
pub use undo::undo;

use uuid::Uuid;

/// The page where an account gets another one.
pub fn path(id: Uuid) -> String {
    format!("/users/{id}/merge")
}
