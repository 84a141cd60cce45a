//! What every request shares.

use super::{
    clock::Clock, config::Config, limits::Limits, memo::Memo, metrics::Metrics, redis::Redis, refused::Refusals,
    storage::Storage,
};
use crate::{list::views::store::ViewRow, live::hub::Hub, orders::list::search::Names};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Requests of people that run at the same time, at least; and so many for each connection of the pool.
const PLACES: usize = 256;
const PLACES_A_CONNECTION: usize = 16;

/// Files that are written at the same time: each holds a connection until its reader has it all.
const EXPORTS: usize = 3;
/// How long counts of open states are good for: they tell what there is to do, not what there is.
const COUNTS_LIVE: Duration = Duration::from_secs(5);
/// How long the number of rows that fit a filter is good for.
const NUMBERS_LIVE: Duration = Duration::from_secs(30);
/// How long a number in the navigation is good for.
pub const PINS_LIVE: Duration = Duration::from_secs(45);
/// How long the number of a person's unread items is good for.
pub const UNREAD_LIVE: Duration = Duration::from_secs(10);
/// How long a person's saved views are: another server may have changed them.
const VIEWS_LIVE: Duration = Duration::from_secs(10);
/// How long what hardly ever changes is good for.
const NAMES_LIVE: Duration = Duration::from_mins(1);

/// The application's state. Each layer around each request clones it, so it is one pointer.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Shared>);

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What the state has in it.
#[derive(Debug)]
pub struct Shared {
    /// The primary, as a member of `techally_admin`.
    pub db: PgPool,
    /// The configuration.
    pub config: Arc<Config>,
    /// Where the browser files are.
    pub leptos: LeptosOptions,
    /// The time.
    pub clock: Clock,
    /// Redis, when it is configured.
    pub redis: Option<Redis>,
    /// Counters of tries.
    pub limits: Arc<Limits>,
    /// Figures for the monitoring.
    pub metrics: Arc<Metrics>,
    /// Room for requests that run at the same time.
    pub places: Arc<Semaphore>,
    /// Places for pages that are being drawn, also when nobody waits for them any more; as many.
    pub drawings: Arc<Semaphore>,
    /// Orders in each open state, in the order of `Status::OPEN`.
    pub order_counts: Arc<Memo<(), Arc<[i64]>>>,
    /// How many rows fit a filter; nothing where counting took too long.
    pub list_counts: Arc<Memo<String, Option<i64>>>,
    /// The same for the views in the navigation.
    pub pin_counts: Arc<Memo<String, Option<i64>>>,
    /// The saved views that a person sees.
    pub views: Arc<Memo<Uuid, Arc<[ViewRow]>>>,
    /// Who is where, and what changes.
    pub hub: Arc<Hub>,
    /// How many items wait in a person's inbox.
    pub unread: Arc<Memo<Uuid, i64>>,
    /// Warehouses and colleagues, for searches that name one.
    pub names: Arc<Memo<(), Arc<Names>>>,
    /// Room for files that are being written.
    pub exports: Arc<Semaphore>,
    /// Where files are kept.
    pub storage: Storage,
    /// Which refused permissions were noted.
    pub refusals: Arc<Refusals>,
    /// A stop was asked for: no new requests, please.
    pub draining: Arc<AtomicBool>,
}

impl AppState {
    /// The state around a pool and a configuration. Connects to Redis in the background, when it is configured.
    ///
    /// # Errors
    /// When the address of Redis can't be read.
    pub fn new(db: PgPool, config: Config, leptos: LeptosOptions, clock: Clock) -> Result<Self, ::redis::RedisError> {
        let metrics = Arc::new(Metrics::default());
        let redis = config.redis_url.as_ref().map(|url| Redis::open(url, Arc::clone(&metrics))).transpose()?;
        let connections = usize::try_from(config.database_connections).unwrap_or(PLACES);
        let places = PLACES.max(connections.saturating_mul(PLACES_A_CONNECTION));
        let storage = Storage::new(&config.files, Arc::clone(&metrics));
        Ok(Self(Arc::new(Shared {
            db,
            config: Arc::new(config),
            leptos,
            clock,
            redis,
            limits: Arc::new(Limits::default()),
            metrics,
            places: Arc::new(Semaphore::new(places)),
            drawings: Arc::new(Semaphore::new(places)),
            order_counts: Arc::new(Memo::new(COUNTS_LIVE)),
            list_counts: Arc::new(Memo::new(NUMBERS_LIVE)),
            pin_counts: Arc::new(Memo::new(PINS_LIVE)),
            views: Arc::new(Memo::new(VIEWS_LIVE)),
            hub: Arc::default(),
            unread: Arc::new(Memo::new(UNREAD_LIVE)),
            names: Arc::new(Memo::new(NAMES_LIVE)),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            storage,
            refusals: Arc::default(),
            draining: Arc::new(AtomicBool::new(false)),
        })))
    }

    /// How many hold it: requests that are being answered, pages that are being drawn, and the server itself.
    #[must_use]
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
