//! Users: the customers of the shop, and the colleagues who work in it.
//!
//! Words: *contact* is e-mail address and phone number, shown as far as the role sees it; a person's *facts* are what their
//! orders and addresses come to (`user_facts`, kept by triggers); their *standing* is `users.status`.
//!
//! Files: `model` states of an account, what travels · `api` server functions · `list/` the list: its words, columns, filters,
//! SQL, `pages/list` · `person/` one person, `pages/user` · `bulk/` one act on many users, as a job, `pages/bulk` where it is
//! chosen · `merge/` two accounts of one customer, `pages/merge` · `find` finding people by name and contact, for the list of orders too · `standing` suspending and reactivating ·
//! `tags` words put on people · `reveal` masked values for a reason · `changes` what was changed of a person, in words.

pub mod api;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
pub mod changes;
#[cfg(feature = "ssr")]
pub mod find;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod merge;
#[cfg(feature = "ssr")]
pub mod person;
#[cfg(feature = "ssr")]
pub mod reveal;
#[cfg(feature = "ssr")]
pub mod standing;
#[cfg(feature = "ssr")]
mod tags;
