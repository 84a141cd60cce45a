//! Redis, which may be gone at any time: an answer comes within [`PATIENCE`] or not at all.
//!
//! One connection is kept by a task of its own, which looks after it every half second. While there is none,
//! commands fail at once, so that an outage costs each request in flight one tenth of a second, and later ones nothing.

use super::metrics::Metrics;
use ::redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, aio::MultiplexedConnection, cmd};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{Arc, Mutex, PoisonError, Weak, atomic::Ordering},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// Longest wait for an answer; a local one takes less than a thousandth of it.
pub const PATIENCE: Duration = Duration::from_millis(100);
/// Between looks at the connection.
const LOOK: Duration = Duration::from_millis(500);
/// Longest time to connect and sign in.
const CONNECT: Duration = Duration::from_secs(1);
/// First of our keys' names.
pub const PREFIX: &str = "techally:";

/// Redis couldn't answer; the cause is logged when the connection is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Redis doesn't answer")]
pub struct Away;

/// A handle; cheap to clone. The connection ends with the last one.
#[derive(Clone, Debug)]
pub struct Redis(Arc<Inner>);

struct Inner {
    connection: Mutex<Option<MultiplexedConnection>>,
    /// A command failed: look now.
    doubt: Notify,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

impl Redis {
    /// Begins to connect, in the background.
    ///
    /// # Errors
    /// When the address can't be read.
    pub fn open(url: &SecretString, metrics: Arc<Metrics>) -> Result<Self, RedisError> {
        let client = Client::open(url.expose_secret())?;
        let inner = Arc::new(Inner { connection: Mutex::new(None), doubt: Notify::new(), metrics });
        tokio::spawn(keep(client, Arc::downgrade(&inner)));
        Ok(Self(inner))
    }

    /// Whether the last look found it well.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.0.current().is_some()
    }

    /// Runs a command.
    ///
    /// # Errors
    /// When no answer comes in time, or one that doesn't fit.
    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Away> {
        let Some(mut connection) = self.0.current() else { return Err(Away) };
        match timeout(PATIENCE, command.query_async(&mut connection)).await {
            Ok(Ok(answer)) => return Ok(answer),
            // an error that Redis itself answers says nothing against the connection
            Ok(Err(error)) if !error.is_unrecoverable_error() && !error.is_timeout() => {
                tracing::warn!(kind = ?error.kind(), "redis refused a command");
            }
            Ok(Err(error)) => self.0.give_up(&format!("{:?}", error.kind())),
            Err(_) => self.0.give_up("no answer in time"),
        }
        self.0.metrics.redis_failures.fetch_add(1, Ordering::Relaxed);
        Err(Away)
    }
}

impl Inner {
    fn current(&self) -> Option<MultiplexedConnection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, connection: Option<MultiplexedConnection>) -> bool {
        let mut current = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let had = current.is_some();
        *current = connection;
        had
    }

    fn give_up(&self, why: &str) {
        if self.set(None) {
            tracing::warn!(why, "redis is away; sessions and limits do without");
        }
        self.doubt.notify_one();
    }
}

/// Connects, looks after the connection, connects again; ends with the last handle.
async fn keep(client: Client, handle: Weak<Inner>) {
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(CONNECT));
    let mut was_up = None;
    while let Some(inner) = handle.upgrade() {
        if let Some(mut connection) = inner.current() {
            let ping = cmd("PING");
            if !matches!(timeout(2 * PATIENCE, ping.query_async::<String>(&mut connection)).await, Ok(Ok(_))) {
                inner.give_up("no answer to PING");
            }
        } else if let Ok(Ok(mut connection)) =
            timeout(2 * CONNECT, client.get_multiplexed_async_connection_with_config(&config)).await
        {
            // connected is not yet answering: a black hole accepts, too
            if matches!(timeout(2 * PATIENCE, cmd("PING").query_async::<String>(&mut connection)).await, Ok(Ok(_))) {
                inner.set(Some(connection));
            }
        }
        let up = inner.current().is_some();
        if was_up != Some(up) {
            tracing::info!(up, "redis");
            was_up = Some(up);
        }
        let doubt = async { if up { inner.doubt.notified().await } else { std::future::pending().await } };
        tokio::select! { () = tokio::time::sleep(LOOK) => {}, () = doubt => {} }
    }
}
