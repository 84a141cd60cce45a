//! One's own account: name, picture, password, signed-in browsers, preferences. What a person may do here is theirs alone,
//! so each function asks for a session and no more, and takes no id of a person.
//!
//! Files: `service` the page as data · `store` its SQL · `profile`, `preferences`, `browsers` its acts · `avatar` the
//! picture on its way in and out · `picture` drawing it anew · `api` server functions ·
//! `model` what forms send · `pages` the addresses. The password itself is in `auth::own_password`.

pub mod api;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod avatar;
#[cfg(feature = "ssr")]
mod browsers;
#[cfg(feature = "ssr")]
mod picture;
#[cfg(feature = "ssr")]
mod preferences;
#[cfg(feature = "ssr")]
mod profile;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod store;
