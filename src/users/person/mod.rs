//! The page of one person, `/users/{id}`: what a colleague must know while that person is on the phone, and what can be
//! done for them. Colleagues have it too; what they may do here is decided on their page of staff.
//!
//! Words: a *part* is one of the page's tabs, each with its own statements; *standing* is `users.status`; what was *revealed*
//! is seen for ten minutes by who asked.
//!
//! Files: `service` the page as data · `parts` its tabs · `told` cards · `store` SQL · `acts` what can be done ·
//! `change` doing it · `edit` name, contact and birthday · `notes` by staff · `sight` what is masked for whom · `history` the record as it was · `undo` setting back an edit.

mod acts;
mod change;
mod edit;
mod history;
pub mod notes;
mod parts;
pub mod service;
pub(super) mod sight;
pub mod store;
pub(super) mod told;
pub mod undo;

pub use change::{change, reactivate_due};
pub use edit::edit;
pub use sight::reveal;

use crate::forms::Done;
use uuid::Uuid;

/// The address of a person's page.
pub(super) fn path(id: Uuid) -> String {
    format!("/users/{id}")
}

/// An act on a person: it leads back to their page.
pub(super) fn done(id: Uuid, message: impl Into<String>) -> Done {
    Done { to: path(id), message: message.into(), reload: false }
}
