//! `/dev/mail`: the mails that wait, where no mail server takes them: in the demo and on a developer's machine. Their links
//! open accounts, so it is for who manages staff, and there is none where mails leave (`Config::extras`).
//!
//! Files: `api` server function · `service` the page as data · `page`.

pub mod api;
pub mod page;

#[cfg(feature = "ssr")]
mod service;
