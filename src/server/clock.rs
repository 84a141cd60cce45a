//! The time, as one thing that tests can set: limits and sessions ask it instead of the system.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;

/// The system's clock, or one that a test has set forward.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Milliseconds ahead of the system.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Now.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + time::Duration::milliseconds(self.ahead.load(Ordering::Relaxed))
    }

    /// Now, in milliseconds since 1970.
    #[must_use]
    pub fn millis(&self) -> i64 {
        i64::try_from(self.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
    }

    /// Sets this clock, and all its clones, forward. For tests.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}
