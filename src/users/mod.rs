//! Users: the customers of the shop, and the colleagues who work in it.
//!
//! Words: *contact* is e-mail address and phone number, shown as far as the role sees it; a person's *facts* are what their
//! orders and addresses come to (`user_facts`, kept by triggers); their *standing* is `users.status`.
//!
//! Files: `model` states of an account, what travels · `api` server functions · `list/` the list: its words, columns, filters,
//! SQL, `pages/list` · `bulk/` one act on many users, as a job, `pages/bulk` where it is chosen · `find` finding people by name
//! and contact, for the list of orders too · `standing` suspending and reactivating · `tags` words put on people.

pub mod api;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
pub mod find;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod standing;
#[cfg(feature = "ssr")]
mod tags;

/// Before a person's id in the address of their page. Empty while there is no such page: names are no links then.
pub const PERSON_PATH: &str = "";
