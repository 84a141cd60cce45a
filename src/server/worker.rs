//! What runs beside requests: holds that expire, orders that complete, mails, files, partitions, views, the audit seal.
//!
//! Every instance runs this; one leads, by an advisory lock that ends with its connection.

use super::{
    db::{Actor, Stop, transact},
    mail::{self, Mailer},
    migrate::MONTHS_AHEAD,
    sessions::forget_browsers,
    storage::{Storage, clean},
};
use crate::{jobs::schedule, list::limits::set_time, stamp::Zone, users};
use sqlx::{Connection, PgConnection, PgPool};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};

/// Key of the leader's advisory lock: "tech" in ASCII.
const LEADER: i64 = 0x7465_6368;
/// How often the worker looks for due work.
const TICK: Duration = Duration::from_secs(5);
/// Ticks between looks at delivered orders: a minute.
const COMPLETE_EVERY: u64 = 12;
/// Ticks between looks at the partitions: an hour.
const PARTITIONS_EVERY: u64 = 720;
/// Ticks between looks at the statistics of partitioned tables: ten minutes, one table each.
const ANALYZE_EVERY: u64 = 120;
/// Fewer months of partitions than these are an alarm.
const MONTHS_ALARM: i32 = 3;
/// Longest refresh of a materialized view, longest look through a table for its statistics.
const SLOW_TIMEOUT: &str = "5min";

/// Leads when no other instance does, for as long as the process lives.
pub async fn run(db: PgPool, mailer: Option<Mailer>, storage: Storage, zone: Zone) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = lead(&db, mailer.as_ref(), &storage, &zone).await {
            tracing::warn!(%error, "the worker lost the database and will try again");
        }
    }
}

/// Works until the leader's connection fails; returns at once when another instance leads.
async fn lead(db: &PgPool, mailer: Option<&Mailer>, storage: &Storage, zone: &Zone) -> sqlx::Result<()> {
    let mut seat = db.acquire().await?.detach();
    let leads =
        sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "leads!""#, LEADER).fetch_one(&mut seat).await?;
    if !leads {
        return seat.close().await;
    }
    tracing::info!("this instance leads");
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut views = Views::default();
    let mut months_missing = true;
    let mut sweep = clean::Sweep::default();
    for tick in 0_u64.. {
        ticks.tick().await;
        seat.ping().await?;
        note("expired holds", release_expired_holds(db).await);
        note("audit seal", seal_audit_log(db).await);
        if let Some(mailer) = mailer {
            note("mails", mail::send_due(db, mailer).await);
        }
        note("scheduled jobs", schedule::put_due(db, zone, OffsetDateTime::now_utc()).await);
        note("refreshed views", views.refresh(db).await);
        if tick.is_multiple_of(COMPLETE_EVERY) {
            note("completed orders", complete_delivered_orders(db).await);
            note("ended suspensions", users::person::reactivate_due(db, OffsetDateTime::now_utc()).await);
            note("old browsers and forms", forget_browsers(db, OffsetDateTime::now_utc()).await.map_err(Stop::from));
            // in a task of its own: holds and mails don't wait for a storage that is slow or gone
            clean::look(db, storage, &mut sweep);
        }
        if tick.is_multiple_of(PARTITIONS_EVERY) {
            note("old mails", mail::delete_old(db, OffsetDateTime::now_utc()).await);
        }
        if tick.is_multiple_of(ANALYZE_EVERY) {
            note("analyzed tables", analyze_partitioned_table(db).await);
        }
        // what couldn't be made because orders were being written is tried again at the next tick
        if months_missing || tick.is_multiple_of(PARTITIONS_EVERY) {
            let made = ensure_partitions(db).await;
            months_missing = made.is_err();
            note("partitions", made);
        }
    }
    Ok(())
}

fn note(what: &str, result: Result<i64, Stop>) {
    match result {
        Ok(0) => {}
        Ok(count) => tracing::info!(what, count, "worker"),
        Err(error) => tracing::error!(what, ?error, "worker"),
    }
}

/// Cancels orders that weren't paid in time and frees their stock, in batches.
///
/// # Errors
/// When the database says no.
pub async fn release_expired_holds(db: &PgPool) -> Result<i64, Stop> {
    transact(db, Actor::system("worker:holds", "Payment did not arrive in time"), |connection| {
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
    transact(db, Actor::system("worker:complete", "14 days after delivery"), |connection| {
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

/// Seals the audit rows of finished transactions.
///
/// # Errors
/// When the database says no.
pub async fn seal_audit_log(db: &PgPool) -> Result<i64, Stop> {
    let sealed = sqlx::query_scalar!(r#"SELECT seal_audit_log()::bigint AS "sealed!""#).fetch_one(db).await?;
    if sealed > 0 {
        tracing::debug!(sealed, "audit log sealed");
    }
    Ok(0)
}

/// Refreshes materialized views soon after a change, but for a fifth of the time at most.
#[derive(Debug, Default)]
pub struct Views {
    not_before: Option<Instant>,
}

impl Views {
    /// Refreshes what a committed change has made stale; returns how many views.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn refresh(&mut self, db: &PgPool) -> Result<i64, Stop> {
        let start = Instant::now();
        if self.not_before.is_some_and(|time| start < time) {
            return Ok(0);
        }
        let refreshed = transact(db, Actor::system("worker:views", ""), |connection| {
            Box::pin(async move {
                patiently(&mut *connection).await?;
                let count = sqlx::query_scalar!(r#"SELECT cardinality(refresh_stale_views()) AS "count!""#)
                    .fetch_one(connection)
                    .await?;
                Ok(i64::from(count))
            })
        })
        .await?;
        self.not_before = Some(Instant::now() + 4 * start.elapsed());
        Ok(refreshed)
    }
}

/// Renews the statistics of the partitioned table that needs it most; autovacuum only sees to its months.
///
/// # Errors
/// When the database says no.
pub async fn analyze_partitioned_table(db: &PgPool) -> Result<i64, Stop> {
    transact(db, Actor::system("worker:statistics", ""), |connection| {
        Box::pin(async move {
            patiently(&mut *connection).await?;
            let table = sqlx::query_scalar!("SELECT analyze_partitioned_table()::text").fetch_one(connection).await?;
            Ok(i64::from(table.is_some()))
        })
    })
    .await
}

/// In a large shop some things take longer than a request may; for the transaction that is open.
async fn patiently(connection: &mut PgConnection) -> sqlx::Result<()> {
    set_time(connection, SLOW_TIMEOUT).await
}

/// Keeps months ahead, each in a transaction of its own, so that its locks are held for a moment only.
///
/// # Errors
/// When the database says no, also because orders are being written and no lock was to be had.
pub async fn ensure_partitions(db: &PgPool) -> Result<i64, Stop> {
    let mut made = 0;
    for months in 0..=MONTHS_AHEAD {
        made += sqlx::query_scalar!(r#"SELECT ensure_partitions($1)::bigint AS "made!""#, months).fetch_one(db).await?;
    }
    let ahead = sqlx::query_scalar!(r#"SELECT partitions_ahead() AS "ahead!""#).fetch_one(db).await?;
    if ahead < MONTHS_ALARM {
        tracing::error!(ahead, "months of partitions are running out: orders will be refused; run `techally migrate`");
    }
    Ok(made)
}
