//! `/`: the day's work for this role, each number a link into its list.

pub mod api;
pub mod page;

#[cfg(feature = "ssr")]
mod work;
