//! What a person may ask of the shop by law: everything that it knows about them, and to be forgotten; and what is kept how
//! long. All of it goes by one map of where people's data lives, the tables `personal_tables` and `personal_columns` of
//! migrations/0038, which `tests/http/privacy.rs` holds against the schema.
//!
//! Words: the *person* is an account with all that were merged into it; an *erasure* is asked for by one colleague, granted
//! by another and done by a job; what is *blanked* stays as an empty row, because books are kept.
//!
//! Files: `api` server functions · `map` what the map says of a person · `export` a person's data as a ZIP · `erasure` asking
//! and deciding · `erase` the job that does it · `again` erasing anew what a restore brought back · `retention` what goes
//! when its time is over · `service`, `told` the pages as data · `sheets` the forms on a person's page · `store` their SQL ·
//! `pages` the addresses.

pub mod api;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod again;
#[cfg(feature = "ssr")]
pub mod erase;
#[cfg(feature = "ssr")]
mod erasure;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
mod map;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod sheets;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod told;
