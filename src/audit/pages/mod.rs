//! The pages of the audit trail.

pub mod entry;
pub mod list;
pub mod record;
pub mod seal;
