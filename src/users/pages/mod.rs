//! Pages of users.

pub mod bulk;
pub mod list;
