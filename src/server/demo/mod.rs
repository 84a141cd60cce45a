//! `techally demo-data`: a believable shop in an empty database.
//!
//! Everything is drawn by seeded chance, so that the same moment and sizes give the same shop. Rows are
//! written as `COPY` text by a thread of their own and loaded while it goes on, with triggers off; what
//! triggers would have kept (totals, histories, stock) is reckoned here, and set-based checks at the end
//! find out whether it is right. Memory grows with customers' reviews, products and stock lines, not with
//! orders.
//!
//! | file | what |
//! |---|---|
//! | `words/` | names, places, goods, sentences: data only |
//! | `random`, `calendar` | seeded chance, and when things happen |
//! | `catalog`, `people`, `staff` | what is sold, who buys, who works here |
//! | `orders`, `course`, `stock`, `reviews` | what happened in two years |
//! | `tables`, `copy`, `*_rows` | how it is written |
//! | `pictures` | drawings of the goods |

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "drawn numbers are small, and a share of a count is a float for a moment"
)]

mod calendar;
mod catalog;
mod catalog_rows;
mod copy;
mod course;
mod generate;
mod order_rows;
mod orders;
mod people;
mod people_rows;
mod pictures;
mod random;
mod review_rows;
mod reviews;
mod staff;
mod stock;
mod tables;
mod words;

use std::fmt;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

pub use pictures::picture;

/// How large the shop is.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Orders of the last 24 months.
    pub orders: u64,
    /// Customers.
    pub users: u64,
    /// Products; at least one of each kind.
    pub products: u64,
    /// Reviews.
    pub reviews: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { orders: 5_000, users: 2_000, products: 500, reviews: 3_000 }
    }
}
