//! Server function of the outbox.

use crate::{codec::Json, error::AppError, record::Record};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::service;
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// The newest mails.
#[server(input = Json, output = Json)]
pub async fn get_mails(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::ManageStaff).await?;
    let _ = address; // one page only
    service::mails(&ctx).await
}
