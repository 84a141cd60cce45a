//! What happens while a page is open: colleagues who are on it too, and changes by others.
//!
//! PostgreSQL tells each server by NOTIFY which row changed (`0023_live.sql`), never what is in it; a server tells its
//! browsers by server-sent events, one connection a browser (`public/live.js` shares it among tabs); a page that shows
//! the row says so and fetches it anew when its person wants that. A hint can be lost: it makes a page quicker, and
//! nothing relies on it. Who looks at an order says so every [`EVERY`] seconds; that too goes by NOTIFY, and is
//! forgotten after [`GONE`].
//!
//! What stands around the page follows too: `public/numbers.js` asks for those of navigation and tabs after hints, some
//! seconds apart, and `public/news.js` says above a list of orders how many came or changed; it is loaded anew when its
//! person wants that.
//!
//! Files: `api` who is here · `hub` the server's ear and memory · `events` the stream · `numbers` those of the navigation ·
//! `page` what pages draw of it.

pub mod api;
pub mod page;

#[cfg(feature = "ssr")]
pub mod events;
#[cfg(feature = "ssr")]
pub mod hub;
#[cfg(feature = "ssr")]
pub mod numbers;

/// Seconds between two signs of life of a page.
pub const EVERY: u64 = 15;
/// Seconds after which somebody who gave none is gone.
pub const GONE: u64 = 40;
