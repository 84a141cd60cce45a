//! One-time links by mail: an invitation, a new password, a new address.
//!
//! A link is a row of `access_links` and a signature under a key that the database does not have
//! ([`Keys`](crate::server::keys)), over what it is for: so no secret is stored, who reads the database can't use one, and
//! one whose row was changed is none any more. The mail in the outbox has `{link}`; the address is put in when it leaves.
//! It is made of `PUBLIC_URL`, never of what a request says. A link ends with its use, its time, a newer one of its kind,
//! and any change of address or password (trigger `end_access`).
//!
//! Files: `model` what the browser sees of a link · `token` the words of a link · `store` SQL · `issue` makes one and its
//! mail · `ask` for a new password or address · `use_it` looks at one and uses it.

pub mod model;

#[cfg(feature = "ssr")]
mod ask;
#[cfg(feature = "ssr")]
mod issue;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod token;
#[cfg(feature = "ssr")]
mod use_it;

#[cfg(feature = "ssr")]
pub use ask::{ask_reset, start_email_change};
#[cfg(feature = "ssr")]
pub use issue::{NewLink, issue};
#[cfg(feature = "ssr")]
pub use store::address_of;
#[cfg(feature = "ssr")]
pub use token::{Kind, parse as parse_token};
#[cfg(feature = "ssr")]
pub use use_it::{confirm_email, look, set_password};
