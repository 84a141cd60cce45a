//! Finding anything from anywhere: pages, orders, customers, products. `/search` without JavaScript; the palette
//! (`public/palette.js`, Ctrl or ⌘ with K) asks the same by `GET /search/hits`.
//!
//! A search here is quick or isn't made: each statement is served by an index, two of them wait for each other at most.
//! What needs more (a total, a state, a hundred people of a name) is left to the list of orders, which each answer
//! leads to. It finds by personal data exactly what that list finds by it, since the same rules read the words.
//!
//! Files: `model` what travels · `api` the server function · `page` `/search` · `hits` the same as JSON · `service` what is
//! looked for, by whom · `store` SQL.

pub mod api;
pub mod model;
pub mod page;

#[cfg(feature = "ssr")]
pub mod hits;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
