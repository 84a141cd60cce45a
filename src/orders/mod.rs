//! Orders: what a customer bought, and its way from PENDING to COMPLETED.
//!
//! ```text
//! PENDING → PROCESSING → CONFIRMED → PREPARING → SHIPPED → DELIVERED → COMPLETED
//!    │           └→ FAILED    │                               └→ RETURNED
//!    └──────→ CANCELLED ←─────┘
//! ```
//!
//! Words: a *line* is a row of `order_items`; stock is *held* while PENDING (until `hold_expires_at`), *firm*
//! from CONFIRMED, *sold* on SHIPPED; a *move* is an arrow of the diagram, a row of `order_transitions`.
//! An order is addressed by its id (`UUIDv7`: its time is in it, its partition follows from it) and found by its number.
//!
//! Files: `model` states, moves, what pages show · `api` server functions · `pages/list`, `pages/detail` ·
//! `list/` the list: its words, columns, filters, SQL · `service` the page of an order · `history` as it was at a moment · `timeline` what happened to it, in
//! words · `acts` what else can be done, by whom and why not · `cards` what stands beside the lines · `parcels` what leaves, by line
//! and piece, `carriers` where it can be followed · `assignment` who takes care of it · `confirmation` the mail about it · `sight` what a person sees, revealing · `contact` e-mail,
//! phone, address · `notes` notes and mentions · `moves` what each move
//! needs and does, `effects` the same in words · `tags` words put on orders · `undo` a day to set back ·
//! `documents` invoice and packing slip, `pages/document` the two on paper ·
//! `store` SQL of the page · `bulk/` one act on many orders, as a job, `pages/bulk` where it is chosen ·
//! `placing` writing a new order · `new/` one that staff take on the phone, `pages/new` · `checkout` `POST /api/orders` · `traffic` customers played against it.

pub mod api;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
mod acts;
#[cfg(feature = "ssr")]
mod assignment;
#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
mod cards;
#[cfg(feature = "ssr")]
mod carriers;
#[cfg(feature = "ssr")]
pub mod checkout;
#[cfg(feature = "ssr")]
mod confirmation;
#[cfg(feature = "ssr")]
mod contact;
#[cfg(feature = "ssr")]
mod documents;
#[cfg(feature = "ssr")]
mod effects;
#[cfg(feature = "ssr")]
mod history;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
mod moves;
#[cfg(feature = "ssr")]
mod new;
#[cfg(feature = "ssr")]
mod notes;
#[cfg(feature = "ssr")]
mod parcels;
#[cfg(feature = "ssr")]
mod placing;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
mod sight;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
mod tags;
#[cfg(feature = "ssr")]
mod timeline;
#[cfg(feature = "ssr")]
pub mod traffic;
#[cfg(feature = "ssr")]
pub mod undo;

#[cfg(feature = "ssr")]
pub use service::waiting;
