//! The pages of privacy.

pub mod erasure;
pub mod overview;
