//! Staff: who works here, what is done about a person's access, and rights for a time.
//!
//! Words: a *person* is a row of `users` whose role isn't customer; an *invited* one has no password yet; a *request* is a row
//! of `access_requests`: a right that somebody asked for, for some hours. asked → granted, refused or withdrawn; granted →
//! ended, or over by the clock. Roles are given by super admins, never to themselves; the database guards both, and that a
//! super admin stays. Every change of role or status ends all sessions of the person at once (trigger `end_access`).
//!
//! Files: `model` states in words · `store` SQL of the pages · `service`, `told` the pages as data · `acts` what is done about
//! a person · `invite` new people · `requests` asking, deciding, ending · `api` server functions · `pages` the addresses.

pub mod api;
pub mod pages;

#[cfg(feature = "ssr")]
mod acts;
#[cfg(feature = "ssr")]
mod invite;
#[cfg(feature = "ssr")]
mod model;
#[cfg(feature = "ssr")]
mod requests;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod told;
