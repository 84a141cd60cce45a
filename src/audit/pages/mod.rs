//! The pages of the audit trail.

pub mod entry;
pub mod list;
