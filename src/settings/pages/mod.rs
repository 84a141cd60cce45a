//! One page a file.

pub mod roles;
pub mod shop;
