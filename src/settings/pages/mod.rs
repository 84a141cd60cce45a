//! Pages of settings.

pub mod roles;
