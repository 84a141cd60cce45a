//! What runs beside requests: holds that expire, orders that complete, partitions, views, the audit seal.
//!
//! Every instance runs this; one leads, by an advisory lock that ends with its connection.

use super::{
    db::{Actor, Stop, transact},
    migrate::MONTHS_AHEAD,
    sessions::delete_old_sessions,
};
use sqlx::{Connection, PgPool};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};

/// Key of the leader's advisory lock: "tech" in ASCII.
const LEADER: i64 = 0x7465_6368;
/// How often the worker looks for due work.
const TICK: Duration = Duration::from_secs(5);
/// Ticks between refreshes of the materialized views: a minute.
const REFRESH_EVERY: u64 = 12;
/// Ticks between looks at the partitions: an hour.
const PARTITIONS_EVERY: u64 = 720;

/// Leads when no other instance does, for as long as the process lives.
pub async fn run(db: PgPool) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = lead(&db).await {
            tracing::warn!(%error, "the worker lost the database and will try again");
        }
    }
}

/// Works until the leader's connection fails; returns at once when another instance leads.
async fn lead(db: &PgPool) -> sqlx::Result<()> {
    let mut seat = db.acquire().await?.detach();
    let leads =
        sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "leads!""#, LEADER).fetch_one(&mut seat).await?;
    if !leads {
        return seat.close().await;
    }
    tracing::info!("this instance leads");
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0_u64.. {
        ticks.tick().await;
        seat.ping().await?;
        due_work(db, tick).await;
    }
    Ok(())
}

async fn due_work(db: &PgPool, tick: u64) {
    note("expired holds", release_expired_holds(db).await);
    note("audit seal", seal_audit_log(db).await);
    if tick.is_multiple_of(REFRESH_EVERY) {
        note("completed orders", complete_delivered_orders(db).await);
        note("old sessions", delete_old_sessions(db, OffsetDateTime::now_utc()).await.map_err(Stop::from));
        for view in ["product_ratings", "category_counts"] {
            note(view, refresh(db, view).await);
        }
    }
    if tick.is_multiple_of(PARTITIONS_EVERY) {
        note("partitions", ensure_partitions(db).await);
    }
}

fn note(what: &str, result: Result<i64, Stop>) {
    match result {
        Ok(0) => {}
        Ok(count) => tracing::info!(what, count, "worker"),
        Err(error) => tracing::error!(what, ?error, "worker"),
    }
}

fn by_system(job: &str, reason: &str) -> Actor {
    Actor { user_id: None, kind: "system", request_id: job.to_owned(), reason: reason.to_owned() }
}

/// Cancels orders that weren't paid in time and frees their stock, in batches.
///
/// # Errors
/// When the database says no.
pub async fn release_expired_holds(db: &PgPool) -> Result<i64, Stop> {
    transact(db, by_system("worker:holds", "Payment did not arrive in time"), |connection| {
        Box::pin(async move {
            let count =
                sqlx::query_scalar!(r#"SELECT release_expired_holds(200) AS "count!""#).fetch_one(connection).await?;
            Ok(i64::from(count))
        })
    })
    .await
}

/// Completes orders that were delivered 14 days ago, in batches.
///
/// # Errors
/// When the database says no.
pub async fn complete_delivered_orders(db: &PgPool) -> Result<i64, Stop> {
    transact(db, by_system("worker:complete", "14 days after delivery"), |connection| {
        Box::pin(async move {
            let done = sqlx::query!(
                "UPDATE orders SET status = 'COMPLETED'
                 WHERE id IN (SELECT id FROM orders
                              WHERE status = 'DELIVERED' AND status_changed_at < now() - interval '14 days'
                                AND deleted_at IS NULL
                              ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED)
                   AND status = 'DELIVERED'"
            )
            .execute(connection)
            .await?;
            Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
        })
    })
    .await
}

async fn seal_audit_log(db: &PgPool) -> Result<i64, Stop> {
    let sealed = sqlx::query_scalar!(r#"SELECT seal_audit_log()::bigint AS "sealed!""#).fetch_one(db).await?;
    if sealed > 0 {
        tracing::debug!(sealed, "audit log sealed");
    }
    Ok(0)
}

async fn refresh(db: &PgPool, view: &str) -> Result<i64, Stop> {
    sqlx::query!(r#"SELECT refresh_materialized_view($1)::text AS done"#, view).fetch_one(db).await?;
    Ok(0)
}

async fn ensure_partitions(db: &PgPool) -> Result<i64, Stop> {
    let made =
        sqlx::query_scalar!(r#"SELECT ensure_partitions($1)::bigint AS "made!""#, MONTHS_AHEAD).fetch_one(db).await?;
    Ok(made)
}
