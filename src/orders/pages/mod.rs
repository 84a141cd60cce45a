//! Pages of orders.

pub mod detail;
mod detail_parts;
pub mod list;
mod next;
