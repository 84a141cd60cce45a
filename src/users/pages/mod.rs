//! Pages of users.

pub mod bulk;
pub mod list;
pub mod user;
