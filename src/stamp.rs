//! A point in time as people read it. The server formats it in the person's time zone and locale,
//! so that page and hydration can't differ and the browser needs no time-zone tables.

use serde::{Deserialize, Serialize};

/// A UTC time with its texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// RFC 3339 in UTC, for `<time datetime>` and the hover text.
    pub utc: String,
    /// `21 Nov 2026, 09:49` in the person's zone.
    pub long: String,
    /// `21 Nov 09:49` in the person's zone.
    pub short: String,
}

#[cfg(feature = "ssr")]
mod zone;
#[cfg(feature = "ssr")]
pub use zone::{DEFAULT_LOCALE, DEFAULT_ZONE, Dates, Zone};
