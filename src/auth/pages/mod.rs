//! Pages of `auth`.

pub mod code;
pub mod login;
pub mod second_factor;
