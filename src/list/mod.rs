//! Lists: what every list of the shop has, so that the next one costs its columns, filters and statements only.
//!
//! The server does the thinking: it reads the address, and sends a [`model::List`] of texts and addresses, which
//! [`page`] draws. The browser knows nothing of orders or users here, so all lists share one drawing code.
//!
//! Files: `model` what travels, `lines` how · `page` how it is drawn · `words` the grammar of searches, `search` reading one ·
//! `suggest` how one could go on · `declare` columns and filters as data · `sort` orders and cursors · `listing` from an
//! address to a page of any list · `limits` statements that may not take long · `counts` how many there are · `export` CSV
//! and XLSX · `bulk` one act on many rows · `tags` words on rows · `views` saved views.

mod lines;
pub mod model;
pub mod page;
pub mod views;

#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
pub mod counts;
#[cfg(feature = "ssr")]
pub mod declare;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod limits;
#[cfg(feature = "ssr")]
pub mod listing;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod sort;
#[cfg(feature = "ssr")]
pub mod suggest;
#[cfg(feature = "ssr")]
pub mod tags;
#[cfg(feature = "ssr")]
pub mod words;
