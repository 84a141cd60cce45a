//! Pages of orders.

pub mod bulk;
pub mod detail;
mod detail_parts;
pub mod document;
pub mod history;
pub mod list;
pub mod new;
mod next;
