//! Pages of users.

pub mod bulk;
pub mod list;
pub mod merge;
pub mod user;
