//! Server functions of jobs: check, parse, service. Whose jobs one sees and changes is asked job by job.

use crate::{codec::Json, error::AppError, forms::Outcome, record::Record};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use super::{acts, service};
#[cfg(feature = "ssr")]
use crate::auth::{guard::guard, model::Right};

/// The page of jobs at this address.
#[server(input = Json, output = Json)]
pub async fn get_jobs(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::jobs(&ctx, &address).await
}

/// The same, asked for by the page itself while something runs.
#[server(input = Json, output = Json)]
pub async fn watch_jobs(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::jobs(&ctx, &address).await
}

/// The page of one job at this address.
#[server(input = Json, output = Json)]
pub async fn get_job(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::job(&ctx, &address).await
}

/// The same, asked for by the page itself while the job runs.
#[server(input = Json, output = Json)]
pub async fn watch_job(address: String) -> Result<Record, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    service::job(&ctx, &address).await
}

/// Runs, discards, stops, resumes, tries again or sets back a job, as `change` says.
#[server]
pub async fn change_job(id: Uuid, change: String) -> Result<Outcome, AppError> {
    let ctx = guard(Right::SignedIn).await?;
    Box::pin(acts::change(&ctx, id, &change)).await
}
