//! Deletes jobs that are long over, and previews that nobody ran.

use super::{
    kind::{Job, Step},
    queue::Forward,
    run::Run,
};
use crate::server::db::Stop;
use serde::{Deserialize, Serialize};

/// Jobs that are deleted together, with their rows.
const BATCH: i64 = 10;

/// Every night.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cleaning {}

impl Job for Cleaning {
    const KIND: &'static str = "jobs.cleaning";
    const AT_ONCE: i32 = 1;
    const EVERY: &'static str = "17 3 * * *";

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let deleted = run
            .write(run.actor().because("Over for 90 days, or never run"), |connection| {
                Box::pin(async move {
                    let deleted = sqlx::query!(
                        "DELETE FROM jobs WHERE id IN (
                             SELECT id FROM jobs
                             WHERE ended_at < now() - interval '90 days' OR state = 'preview' AND created_at < now() - interval '1 day'
                             ORDER BY id LIMIT $1)",
                        BATCH
                    )
                    .execute(connection)
                    .await?;
                    Ok((deleted.rows_affected(), Forward::default()))
                })
            })
            .await?;
        Ok(if deleted == 0 { Step::Done } else { Step::More })
    }
}
