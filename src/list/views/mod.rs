//! Saved views: filters, columns and sort of a list under a name. A person's own, shared with the team, or what a role
//! sees first; pinned ones stand in the navigation with their number.
//!
//! Files: `model` what travels · `api` server functions · `page` `/views` · `navigation` the pinned ones · `service` rules · `store` SQL.

pub mod api;
pub mod model;
pub mod navigation;
pub mod page;

#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
