//! The list of users, on the server: what its address asks for, and what is found.
//!
//! Files: `search` the words of the search · `filters`, `columns`, `sort` what the list declares · `statements` SQL ·
//! `store` asking for pages and numbers · `suggest` how a search could go on · `service` what of it is of users only.

pub mod columns;
pub mod filters;
pub mod search;
pub mod service;
pub mod sort;
pub mod statements;
pub mod store;
mod suggest;
pub use suggest::suggest;
