//! Lists: what every list of the shop has, so that the next one costs its columns, filters and statements only.
//!
//! The server does the thinking: it reads the address, and sends a [`model::List`] of texts and addresses, which
//! [`page`] draws. The browser knows nothing of orders or users here, so all lists share one drawing code.
//!
//! Files: `model` what travels, `lines` how · `page` how it is drawn · `words` the grammar of searches · `declare` columns and
//! filters as data · `counts` how many there are · `export` CSV and XLSX · `views` saved views.

mod lines;
pub mod model;
pub mod page;
pub mod views;

#[cfg(feature = "ssr")]
pub mod counts;
#[cfg(feature = "ssr")]
pub mod declare;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod words;
