//! The addresses.

pub mod user;
