//! `techally demo-data`: a believable shop in an empty database.
//!
//! Everything is drawn by seeded chance, so that the same moment and sizes give the same shop. Rows are
//! written as `COPY` text by a thread of their own and loaded while it goes on, with triggers off; what
//! triggers would have kept (totals, histories, stock) is reckoned here, and set-based checks at the end
//! find out whether it is right. A large load builds its indexes afterwards. All is one transaction: a load
//! that fails leaves nothing. Memory grows with customers' reviews, products and stock lines, not with
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
//! | `bulk` | what a large load puts off: frozen rows, indexes afterwards |
//! | `checks` | whether all of it is sound |
//! | `pictures` | drawings of the goods |

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "drawn numbers are small, and a share of a count is a float for a moment"
)]

mod bulk;
mod calendar;
mod catalog;
mod catalog_rows;
mod checks;
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

use bulk::PutOff;
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
    /// Building what indexes were put off.
    pub indexing: Duration,
    /// Statistics and materialized views.
    pub analyzing: Duration,
    /// References and rules of the shop.
    pub checking: Duration,
    /// All of it.
    pub total: Duration,
    /// Bytes of the database afterwards.
    pub database: i64,
    /// Most memory that this process has held, in bytes; `None` where the system doesn't tell.
    pub memory: Option<u64>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sizes { orders, users, products, reviews } = self.sizes;
        let seconds = self.copying.as_secs_f64().max(0.001);
        let megabytes = self.bytes as f64 / 1e6;
        writeln!(
            f,
            "{orders} orders, {users} customers, {products} products, {reviews} reviews: {} rows, {megabytes:.1} MB in \
             {seconds:.1} s ({:.0} rows/s, {:.1} MB/s); with checks {:.1} s",
            self.rows,
            self.rows as f64 / seconds,
            megabytes / seconds,
            self.total.as_secs_f64(),
        )?;
        write!(
            f,
            "copying {seconds:.1} s, indexes {:.1} s, statistics {:.1} s, checks {:.1} s; database {:.1} MB",
            self.indexing.as_secs_f64(),
            self.analyzing.as_secs_f64(),
            self.checking.as_secs_f64(),
            self.database as f64 / 1e6,
        )?;
        match self.memory {
            Some(memory) => write!(f, ", memory of the loader {:.1} MB at most", memory as f64 / 1e6),
            None => Ok(()),
        }
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

/// How rows come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Indexes are kept while rows come: quickest for small shops.
    Plain,
    /// Tables are emptied, indexes built afterwards: quickest for large ones.
    Bulk,
}

impl Way {
    /// The quicker one.
    #[must_use]
    pub const fn of(sizes: Sizes) -> Self {
        if sizes.orders < bulk::LARGE { Self::Plain } else { Self::Bulk }
    }
}

/// Fills the empty database with the shop as it would be at that moment, all or nothing.
/// The connection must be a superuser's: triggers are switched off meanwhile.
///
/// # Errors
/// Why there is no shop; the database is as it was.
pub async fn load(connection: &mut PgConnection, sizes: Sizes, now: OffsetDateTime) -> Result<Report, DemoError> {
    load_by(Way::of(sizes), connection, sizes, now).await
}

/// The shop's own address, for what it prints. The IBAN is the one that its standard has as an example.
const COMPANY: &str =
    "UPDATE shop_settings SET second_factor_grace_days = NULL, company = 'TechAlly GmbH', street = 'Am Sandtorkai 27', postal_code = '20457',
    city = 'Hamburg', country = 'DE', vat_id = 'DE000000000', register = 'Amtsgericht Hamburg, HRB 000000',
    email = 'service@techally.test', phone = '+49 40 5550100', iban = 'DE89370400440532013000', bank = 'Musterbank'";

/// [`load`] in a way that is told; the shop is the same.
///
/// # Errors
/// Those of [`load`].
pub async fn load_by(
    way: Way,
    connection: &mut PgConnection,
    sizes: Sizes,
    now: OffsetDateTime,
) -> Result<Report, DemoError> {
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
    sqlx::raw_sql("SET LOCAL session_replication_role = replica").execute(&mut *transaction).await?;
    let put_off = match way {
        Way::Plain => PutOff::nothing(),
        Way::Bulk => bulk::put_off(&mut transaction).await?,
    };
    let Loaded { rows, bytes } =
        fill(&mut transaction, sizes, (now.unix_timestamp_nanos() / 1_000_000) as Millis, &put_off).await?;
    sqlx::raw_sql("SET LOCAL session_replication_role = origin").execute(&mut *transaction).await?;
    let copying = started.elapsed();
    tracing::info!(rows, seconds = copying.as_secs(), indexes = put_off.indexes.len(), "copied; building indexes");
    bulk::build_indexes(&mut transaction, put_off.indexes).await?;
    let indexed = started.elapsed();
    tracing::info!(seconds = indexed.as_secs(), "indexed; making statistics");
    sqlx::raw_sql(COMPANY).execute(&mut *transaction).await?;
    finish(&mut transaction, sizes).await?;
    let analyzed = started.elapsed();
    tracing::info!(seconds = analyzed.as_secs(), "analyzed; checking");
    checks::check(&mut transaction, way).await?;
    let checked = started.elapsed();
    let database =
        sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Report {
        sizes,
        rows,
        bytes,
        copying,
        indexing: indexed.saturating_sub(copying),
        analyzing: analyzed.saturating_sub(indexed),
        checking: checked.saturating_sub(analyzed),
        total: started.elapsed(),
        database,
        memory: peak_memory(),
    })
}

/// Generates in a thread of its own and copies what comes.
async fn fill(connection: &mut PgConnection, sizes: Sizes, now: Millis, put_off: &PutOff) -> Result<Loaded, DemoError> {
    let (sender, pieces) = mpsc::channel(2);
    let generating = tokio::task::spawn_blocking(move || generate::generate(Sink::new(sender), sizes, now));
    let loaded = copy::copy_all(connection, pieces, &put_off.fresh).await;
    // The generator has ended by now, or ends at its next piece.
    let generated = generating.await?;
    let loaded = loaded?;
    generated?;
    Ok(loaded)
}

/// Numbers go on after the last order; statistics and materialized views are made.
async fn finish(connection: &mut PgConnection, sizes: Sizes) -> sqlx::Result<()> {
    for setting in SETTINGS {
        sqlx::query(setting).execute(&mut *connection).await?;
    }
    sqlx::query("SELECT setval('order_number_seq', $1)")
        .bind((FIRST_NUMBER + sizes.orders) as i64)
        .execute(&mut *connection)
        .await?;
    for table in Table::ALL {
        sqlx::query(sqlx::AssertSqlSafe(format!("ANALYZE {}", table.target().0))).execute(&mut *connection).await?;
    }
    // triggers were off
    sqlx::query("SELECT make_user_facts()").execute(&mut *connection).await?;
    sqlx::raw_sql("ANALYZE user_facts").execute(&mut *connection).await?;
    for view in ["product_ratings", "category_counts"] {
        sqlx::query("SELECT refresh_materialized_view($1)").bind(view).execute(&mut *connection).await?;
    }
    Ok(())
}

/// For statements over all partitions.
const SETTINGS: [&str; 4] = [
    // compiling them takes several times as long as running them
    "SET LOCAL jit = off",
    "SET LOCAL work_mem = '128MB'",
    // month by month: the orders of one month and their lines fit into memory, those of two years don't
    "SET LOCAL enable_partitionwise_join = on",
    "SET LOCAL enable_partitionwise_aggregate = on",
];

/// The most memory that this process has held at once, as Linux has it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
