//! Settings: the company on what is printed, and the table of rights.
//!
//! Files: `model` what travels · `api` server functions · `pages/shop` `/settings`, `pages/roles` `/settings/roles` ·
//! `service` reading and changing.

pub mod api;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod service;
