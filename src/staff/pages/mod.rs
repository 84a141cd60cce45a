//! The pages of staff.

pub mod list;
pub mod person;
