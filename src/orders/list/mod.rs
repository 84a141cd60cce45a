//! The list of orders, on the server: what its address asks for, and what is found.
//!
//! Files: `search` the words of the search · `filters`, `columns`, `sort` what the list declares · `statements` SQL ·
//! `store` asking for pages, numbers, neighbours · `export` the list as a file, `export_job` the same by a job · `service` from an address to a [`crate::list::model::List`].

pub mod columns;
pub mod export;
pub mod export_job;
pub mod filters;
pub mod search;
pub mod service;
pub mod sort;
pub mod statements;
pub mod store;
mod suggest;
pub use suggest::suggest;
