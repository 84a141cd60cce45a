//! The list of orders, on the server: what its address asks for, and what is found.
//!
//! Files: `search` the words of the search · `number` numbers of orders as people write them · `filters`, `columns`, `sort`
//! what the list declares · `served` which indexes serve it · `statements` SQL · `store` asking for pages, numbers,
//! neighbours · `suggest` how a search could go on · `service` what of it is of orders only.

pub mod columns;
pub mod filters;
pub mod number;
pub mod search;
mod served;
pub mod service;
pub mod sort;
pub mod statements;
pub mod store;
mod suggest;
pub use suggest::suggest;
