//! Pages of `auth`.

pub mod login;
