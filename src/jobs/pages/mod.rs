//! The pages of jobs.

pub mod job;
pub mod list;
