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
//! | `orders`, `course`, `payments`, `stock`, `reviews` | what happened in two years |
//! | `generate` | plays it through in order of time |
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
mod payments;
mod people;
mod people_rows;
mod pictures;
mod random;
mod review_rows;
mod reviews;
mod shelf_rows;
mod staff;
mod stock;
mod stock_rows;
mod tables;
mod words;

use std::fmt;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;
use tokio::sync::mpsc;

use calendar::{HISTORY_DAYS, Millis};
use copy::{Loaded, Sink};
use orders::FIRST_NUMBER;
use tables::Table;

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

/// Why there is no demo shop; the database is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Somebody's data would be mixed with invented ones.
    #[error("the database has orders, customers or products already")]
    NotEmpty,
    /// Every kind of goods needs a product, every order a customer.
    #[error("the demo shop needs at least {0} products and one customer")]
    TooSmall(usize),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A defect of the generator or of the schema.
    #[error("the rows break rules of the shop: {0}")]
    Unsound(String),
    /// argon2 said no.
    #[error("the demo password can't be hashed: {0}")]
    Hash(String),
    /// The loading side ended first; its own error says why.
    #[error("the load was stopped")]
    Stopped,
    /// A defect of the generator.
    #[error("the generator broke down: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// What was loaded, how fast.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// How large the shop is.
    pub sizes: Sizes,
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes of `COPY` text.
    pub bytes: u64,
    /// Generating and copying.
    pub copying: Duration,
    /// All of it, with statistics, views and checks.
    pub total: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sizes { orders, users, products, reviews } = self.sizes;
        let seconds = self.copying.as_secs_f64().max(0.001);
        let megabytes = self.bytes as f64 / 1e6;
        write!(
            f,
            "{orders} orders, {users} customers, {products} products, {reviews} reviews: {} rows, {megabytes:.1} MB in \
             {seconds:.1} s ({:.0} rows/s, {:.1} MB/s); with checks {:.1} s",
            self.rows,
            self.rows as f64 / seconds,
            megabytes / seconds,
            self.total.as_secs_f64(),
        )
    }
}

/// Whether the database has no shop yet. Staff that an operator has created don't count.
pub async fn is_empty(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT 1 FROM orders) AND NOT EXISTS (SELECT 1 FROM products)
                AND NOT EXISTS (SELECT 1 FROM users WHERE role = 'customer')",
    )
    .fetch_one(connection)
    .await
}

/// Fills the empty database with the shop as it would be at that moment, all or nothing.
/// The connection must be a superuser's: triggers are switched off meanwhile.
pub async fn load(connection: &mut PgConnection, sizes: Sizes, now: OffsetDateTime) -> Result<Report, DemoError> {
    let kinds = words::kinds::all().count();
    if sizes.products < kinds as u64 || sizes.users == 0 {
        return Err(DemoError::TooSmall(kinds));
    }
    let started = Instant::now();
    let mut transaction = connection.begin().await?;
    if !is_empty(&mut transaction).await? {
        return Err(DemoError::NotEmpty);
    }
    let first_day = now.date() - time::Duration::days(HISTORY_DAYS + 31);
    sqlx::query("SELECT ensure_partitions_between($1, $2)")
        .bind(first_day)
        .bind(now.date())
        .execute(&mut *transaction)
        .await?;
    let Loaded { rows, bytes } =
        fill(&mut transaction, sizes, (now.unix_timestamp_nanos() / 1_000_000) as Millis).await?;
    let copying = started.elapsed();
    finish(&mut transaction, sizes).await?;
    check(&mut transaction).await?;
    transaction.commit().await?;
    Ok(Report { sizes, rows, bytes, copying, total: started.elapsed() })
}

/// Generates in a thread of its own and copies what comes.
async fn fill(connection: &mut PgConnection, sizes: Sizes, now: Millis) -> Result<Loaded, DemoError> {
    sqlx::query("SET LOCAL session_replication_role = replica").execute(&mut *connection).await?;
    let (sender, pieces) = mpsc::channel(2);
    let generating = tokio::task::spawn_blocking(move || generate::generate(Sink::new(sender), sizes, now));
    let loaded = copy::copy_all(connection, pieces).await;
    // The generator has ended by now, or ends at its next piece.
    let generated = generating.await?;
    let loaded = loaded?;
    generated?;
    sqlx::query("SET LOCAL session_replication_role = origin").execute(connection).await?;
    Ok(loaded)
}

/// Numbers go on after the last order; statistics and materialized views are made.
async fn finish(connection: &mut PgConnection, sizes: Sizes) -> sqlx::Result<()> {
    // Statements over all partitions: compiling them takes several times as long as running them.
    sqlx::query("SET LOCAL jit = off").execute(&mut *connection).await?;
    sqlx::query("SET LOCAL work_mem = '128MB'").execute(&mut *connection).await?;
    sqlx::query("SELECT setval('order_number_seq', $1)")
        .bind((FIRST_NUMBER + sizes.orders) as i64)
        .execute(&mut *connection)
        .await?;
    for table in Table::ALL {
        sqlx::query(sqlx::AssertSqlSafe(format!("ANALYZE {}", table.target().0))).execute(&mut *connection).await?;
    }
    for view in ["product_ratings", "category_counts"] {
        sqlx::query("SELECT refresh_materialized_view($1)").bind(view).execute(&mut *connection).await?;
    }
    Ok(())
}

/// What the triggers would have refused is found here.
async fn check(connection: &mut PgConnection) -> Result<(), DemoError> {
    let broken: Vec<(String, i64)> =
        sqlx::query_as("SELECT name, violations FROM check_invariants() WHERE violations > 0")
            .fetch_all(connection)
            .await?;
    if broken.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = broken.iter().map(|(name, violations)| format!("{name} ({violations})")).collect();
    Err(DemoError::Unsound(list.join("; ")))
}
