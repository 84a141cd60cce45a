//! What every request shares.

use super::{clock::Clock, config::Config, limits::Limits, metrics::Metrics, redis::Redis};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};
use tokio::sync::{Mutex, Semaphore};

/// Requests of people that run at the same time, at least; and so many for each connection of the pool.
const PLACES: usize = 256;
const PLACES_A_CONNECTION: usize = 16;

/// Orders in each open state, in the order of `Status::OPEN`, and when they were counted.
pub type OrderCounts = (Instant, Vec<i64>);

/// The application's state: cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
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
    /// Kept for some seconds.
    pub order_counts: Arc<Mutex<Option<OrderCounts>>>,
    /// A stop was asked for: no new requests, please.
    pub draining: Arc<AtomicBool>,
}

impl AppState {
    /// The state around a pool and a configuration. Connects to Redis in the background, when it is configured.
    ///
    /// # Errors
    /// When the address of Redis can't be read.
    pub fn new(db: PgPool, config: Config, leptos: LeptosOptions) -> Result<Self, ::redis::RedisError> {
        let metrics = Arc::new(Metrics::default());
        let redis = config.redis_url.as_ref().map(|url| Redis::open(url, Arc::clone(&metrics))).transpose()?;
        let connections = usize::try_from(config.database_connections).unwrap_or(PLACES);
        Ok(Self {
            db,
            config: Arc::new(config),
            leptos,
            clock: Clock::default(),
            redis,
            limits: Arc::new(Limits::default()),
            metrics,
            places: Arc::new(Semaphore::new(PLACES.max(connections.saturating_mul(PLACES_A_CONNECTION)))),
            order_counts: Arc::default(),
            draining: Arc::new(AtomicBool::new(false)),
        })
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
