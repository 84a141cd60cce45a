//! The pages of one's own account.

pub mod account;
pub mod picture;
