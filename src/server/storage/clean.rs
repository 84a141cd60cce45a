//! What the worker does about files: what is over or was given up goes, and so does what nobody needs.
//!
//! Everything may run twice, on two servers, and be cut off anywhere. An object is deleted under a lock of its name, in a
//! transaction that has seen no row that needs it; who is about to need it takes the same lock first ([`super::writer`]).

use super::{Storage, StorageError, writer::WRITING};
use crate::server::db::{Actor, transact};
use futures_util::StreamExt;
use sqlx::{PgConnection, PgPool};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Rows, or objects, that are seen to together.
const BATCH: i64 = 200;
/// Objects that one look goes through, and the next goes on from.
const LOOK: i32 = 1_000;
/// What is younger may belong to a file that is being written.
const YOUNG: time::Duration = time::Duration::days(1);
/// Rows of files that are gone are kept so long.
const KEPT: time::Duration = time::Duration::days(90);
/// The object that says whose the bucket is.
const OWNER: &str = "techally-database";
/// Between looks through the bucket.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Where the last look through the bucket ended, and whether one is running.
#[derive(Debug, Default)]
pub struct Sweep {
    running: Option<JoinHandle<()>>,
    due: Option<Instant>,
    after: Arc<Mutex<Option<String>>>,
}

impl Sweep {
    /// Waits until what runs is over. For tests.
    pub async fn over(&mut self) {
        if let Some(running) = self.running.take() {
            // it says itself what went wrong
            let _ = running.await;
        }
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// Begins to clean, unless the last time isn't over yet.
pub fn look(db: &PgPool, storage: &Storage, sweep: &mut Sweep) {
    if sweep.running.as_ref().is_some_and(|running| !running.is_finished()) {
        return;
    }
    let sweeps = sweep.due.is_none_or(|due| Instant::now() >= due);
    if sweeps {
        sweep.due = Some(Instant::now() + SWEEP_EVERY);
    }
    let (db, storage, after) = (db.clone(), storage.clone(), Arc::clone(&sweep.after));
    sweep.running = Some(tokio::spawn(async move {
        let now = OffsetDateTime::now_utc();
        note("expired files", expire(&db, now).await);
        if sweeps {
            note("forgotten files", forget(&db, now).await);
        }
        if !has_work(&db, sweeps).await {
            return;
        }
        match belongs(&db, &storage).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!(
                    "the bucket belongs to another database: nothing is deleted there until its object {OWNER} is"
                );
                return;
            }
            Err(error) => return note("the bucket", Err(error)),
        }
        note("dropped files", drop_gone(&db, &storage).await);
        if sweeps {
            note("unfinished uploads", abort_unfinished(&db, &storage, now).await);
            let from = after.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match sweep_objects(&db, &storage, now, from.as_deref()).await {
                Ok((deleted, next)) => {
                    *after.lock().unwrap_or_else(PoisonError::into_inner) = next;
                    note("orphaned objects", Ok(deleted));
                }
                Err(error) => note("orphaned objects", Err(error)),
            }
        }
    }));
}

/// Whether there is something to do in the bucket: it isn't asked for nothing each minute.
async fn has_work(db: &PgPool, sweeps: bool) -> bool {
    let gone = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM files WHERE state = 'gone' AND dropped_at IS NULL) AS "gone!""#
    );
    // an error is met again, and said, where the work is
    sweeps || gone.fetch_one(db).await.unwrap_or(true)
}

/// Whether the bucket is this database's; the first that asks gets it. A copy of a database, or a test, that is pointed
/// at the bucket of another would find that nobody needs what is in there.
///
/// # Errors
/// When storage or database say no.
pub async fn belongs(db: &PgPool, storage: &Storage) -> Result<bool, StorageError> {
    let me = sqlx::query_scalar!(
        r#"SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS "me!" FROM pg_control_system()"#
    )
    .fetch_one(db)
    .await?;
    match storage.read(OWNER, None).await {
        Ok(mut reading) => {
            let mut owner = Vec::new();
            while let Some(piece) = reading.pieces.next().await {
                owner.extend_from_slice(&piece.map_err(|_| StorageError::Away)?);
            }
            Ok(owner == me.as_bytes())
        }
        Err(StorageError::Missing) => storage.put(OWNER, "text/plain", me.into()).await.map(|()| true),
        Err(error) => Err(error),
    }
}

fn note(what: &str, result: Result<i64, StorageError>) {
    match result {
        Ok(0) => {}
        Ok(count) => tracing::info!(what, count, "worker"),
        // said already, once for the whole time that it is away
        Err(StorageError::Away) => tracing::debug!(what, "the file storage is away"),
        Err(error) => tracing::error!(what, %error, "worker"),
    }
}

/// Takes the lock of an object's name until the transaction ends.
pub(super) async fn lock(connection: &mut PgConnection, key: &str) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL AS done", key)
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// Files whose time is over, and those that nobody wrote to for a day, are gone; returns how many.
///
/// # Errors
/// When the database says no.
pub async fn expire(db: &PgPool, now: OffsetDateTime) -> Result<i64, StorageError> {
    let done = transact(db, Actor::system("worker:files", ""), move |connection| {
        Box::pin(async move {
            let done = sqlx::query!(
                "UPDATE files SET state = 'gone'
                 WHERE id IN (SELECT id FROM files WHERE state = 'ready' AND expires_at <= $1 ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED)
                    OR id IN (SELECT id FROM files WHERE state = 'writing' AND written_at < $2 ORDER BY written_at LIMIT $3 FOR UPDATE SKIP LOCKED)",
                now,
                now - YOUNG,
                BATCH
            )
            .execute(connection)
            .await?;
            Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
        })
    })
    .await?;
    Ok(done)
}

/// Deletes what files that are gone have in the storage; returns how many files.
///
/// # Errors
/// When storage or database say no. What was not done is done the next time.
pub async fn drop_gone(db: &PgPool, storage: &Storage) -> Result<i64, StorageError> {
    let gone = sqlx::query!(
        "SELECT id, key, upload_id FROM files WHERE state = 'gone' AND dropped_at IS NULL ORDER BY id LIMIT $1",
        BATCH
    )
    .fetch_all(db)
    .await?;
    let mut dropped = 0;
    for file in gone {
        let under = super::writer::temporary(file.id);
        if let Some(upload_id) = &file.upload_id {
            storage.abort(&under, upload_id).await?;
            storage.delete(&under).await?;
        }
        if let Some(key) = file.key {
            delete_unneeded(db, storage, key).await?;
        }
        sqlx::query!("UPDATE files SET dropped_at = now() WHERE id = $1 AND state = 'gone'", file.id)
            .execute(db)
            .await?;
        dropped += 1;
    }
    Ok(dropped)
}

/// Deletes an object that no row needs; returns whether it did.
async fn delete_unneeded(db: &PgPool, storage: &Storage, key: String) -> Result<bool, StorageError> {
    let storage = storage.clone();
    transact(db, Actor::system("worker:files", ""), move |connection| {
        Box::pin(async move {
            lock(&mut *connection, &key).await?;
            let needed = sqlx::query_scalar!(
                r#"SELECT EXISTS (SELECT 1 FROM files WHERE key = $1 AND state <> 'gone') AS "needed!""#,
                key
            )
            .fetch_one(connection)
            .await?;
            // one call of some seconds at most, with the lock held: nobody can begin to need the object meanwhile
            Ok(if needed { Ok(false) } else { storage.delete(&key).await.map(|()| true) })
        })
    })
    .await?
}

/// Forgets files that have been gone for 90 days; returns how many.
///
/// # Errors
/// When the database says no.
pub async fn forget(db: &PgPool, now: OffsetDateTime) -> Result<i64, StorageError> {
    let done = transact(db, Actor::system("worker:files", ""), move |connection| {
        Box::pin(async move {
            let done = sqlx::query!(
                "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE dropped_at < $1 ORDER BY id LIMIT $2)",
                now - KEPT,
                BATCH
            )
            .execute(connection)
            .await?;
            Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
        })
    })
    .await?;
    Ok(done)
}

/// Aborts uploads that began more than a day ago and that no file is being written by; returns how many.
///
/// # Errors
/// When storage or database say no.
pub async fn abort_unfinished(db: &PgPool, storage: &Storage, now: OffsetDateTime) -> Result<i64, StorageError> {
    let mut aborted = 0;
    for upload in storage.unfinished().await? {
        let file: Option<Uuid> = upload.key.strip_prefix(WRITING).and_then(|id| id.parse().ok());
        // what isn't ours stays
        let Some(file) = file.filter(|_| upload.begun < now - YOUNG) else { continue };
        let is_live = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM files WHERE id = $1 AND state = 'writing' AND upload_id = $2) AS "live!""#,
            file,
            upload.upload_id
        )
        .fetch_one(db)
        .await?;
        if !is_live {
            storage.abort(&upload.key, &upload.upload_id).await?;
            aborted += 1;
        }
    }
    Ok(aborted)
}

/// Looks through a thousand objects, after one of them, and deletes those that are older than a day and that no row
/// needs; returns how many, and where to go on the next time.
///
/// # Errors
/// When storage or database say no.
pub async fn sweep_objects(
    db: &PgPool,
    storage: &Storage,
    now: OffsetDateTime,
    after: Option<&str>,
) -> Result<(i64, Option<String>), StorageError> {
    let page = storage.list(after, LOOK).await?;
    let next = page.last().filter(|_| page.len() >= usize::try_from(LOOK).unwrap_or(usize::MAX));
    let next = next.map(|last| last.key.clone());
    let old: Vec<String> = page
        .into_iter()
        .filter(|object| object.modified < now - YOUNG && is_ours(&object.key))
        .map(|o| o.key)
        .collect();
    let orphans = sqlx::query_scalar!(
        r#"SELECT o.key AS "key!" FROM unnest($1::text[]) AS o (key)
           WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.key = o.key AND f.state <> 'gone')
             AND NOT EXISTS (SELECT 1 FROM files f WHERE 'writing/' || f.id = o.key AND f.state = 'writing')"#,
        &old
    )
    .fetch_all(db)
    .await?;
    let mut deleted = 0;
    for key in orphans {
        deleted += i64::from(delete_unneeded(db, storage, key).await?);
    }
    Ok((deleted, next))
}

/// A bucket may have other things in it.
fn is_ours(key: &str) -> bool {
    ["export/", "picture/", "avatar/", "archive/", WRITING].iter().any(|first| key.starts_with(first))
}
