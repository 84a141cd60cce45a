//! The inbox: what a person should see. An *item* is a row of `inbox_items`: a note that names the person, an order that
//! was given to them, a job of theirs that ended, a right or an erasure that somebody asks for or that was decided.
//! Opening the page marks nothing; reading is said by its buttons.
//!
//! Files: `model` what travels · `api` server functions · `page` `/inbox` · `service` reading and marking · `tell` putting
//! requests and their answers into inboxes.

pub mod api;
pub mod model;
pub mod page;

#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod tell;
