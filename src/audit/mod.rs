//! The audit trail for people, at `/audit`: what was changed, revealed, exported, who signed in and what was refused, in one
//! order of time; and the page of each entry. What it shows is kept by migrations/0003, `user_activity` and `reveals`.
//!
//! Files: `api` server functions · `list` the list: `key` ids of rows, `search`, `filters`, `columns`, `statements` and
//! `store` what it asks for, `service` from an address to a page · `words` tables and fields for people · `entry` the page of
//! one entry · `record` a record at two moments · `named` ids in rows by name · `seal` how far the trail is sealed and
//! what its checks found · `check` the job that checks · `pages` the addresses.

pub mod api;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod check;
#[cfg(feature = "ssr")]
mod entry;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
mod named;
#[cfg(feature = "ssr")]
pub mod record;
#[cfg(feature = "ssr")]
pub mod seal;
#[cfg(feature = "ssr")]
mod words;
