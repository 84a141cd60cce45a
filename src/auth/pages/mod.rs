//! Pages of `auth`.

pub mod code;
pub mod login;
