//! What waits for the person signed in.

use crate::{codec::Json, error::AppError, stamp::Stamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::work;
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// Rows that wait for this role, and the list that shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What they wait for.
    pub title: String,
    /// How many, exact up to a thousand: `1,000+`.
    pub count: String,
    /// When the oldest was placed.
    pub oldest: Option<Stamp>,
    /// The list.
    pub to: String,
}

/// The day's work.
#[server(output = Json)]
pub async fn days_work() -> Result<Vec<Waiting>, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    work::waiting(&ctx).await
}
