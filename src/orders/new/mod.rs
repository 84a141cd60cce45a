//! `/orders/new`: an order that staff take for a customer, on the phone. What was chosen so far is the page's address, so
//! that it can be kept, reloaded and gone back in; personal data is never in it.
//!
//! The order is the same as one of the shop's: PENDING, with its stock held, but for days instead of minutes, as a transfer
//! needs them. Who takes it may give a discount for a reason that is kept, up to what their role may.
//!
//! Files: `draft` what the address says · `store` SQL · `page` the page as data · `form` its last step, what is asked and
//! what was typed · `place` placing it · `customer` a customer who is new.

mod customer;
mod draft;
mod form;
mod page;
mod place;
mod store;

pub use customer::create;
pub use page::page;
pub use place::place;

/// The page's address.
const PATH: &str = "/orders/new";
