//! People who were erased are erased again when a restore brings them back: a backup of before, or a month of orders from the
//! archive. The list of them is kept in the file storage, an object each, as a restored database doesn't have it; it has ids
//! and times only.

use super::{
    erase::Erase,
    erasure::{grant, put_job},
};
use crate::{
    error::AppError,
    jobs::{
        kind::{Job, Step},
        run::Run,
    },
    server::{
        db::{Actor, Stop, transact},
        storage::{Storage, StorageError},
    },
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// Where the list is in the storage; nothing there is ever swept.
const UNDER: &str = "erased/";
/// Names that are asked for together.
const PAGE: i32 = 1_000;
/// Largest entry.
const LARGEST: usize = 10_000;
/// What the record of an erasure that a restore lost says.
const REASON: &str = "Erased before the database was restored";

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Who was erased.
    pub user_id: Uuid,
    /// Who asked.
    pub asked_by: Uuid,
    /// Who granted.
    pub decided_by: Uuid,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub decided_at: OffsetDateTime,
}

impl Kept {
    /// Of an erasure that was granted.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn of(db: &PgPool, erasure: Uuid) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            r#"SELECT user_id, asked_by, decided_by AS "decided_by!", decided_at AS "decided_at!" FROM erasures
               WHERE id = $1 AND decided_by IS NOT NULL AND decided_at IS NOT NULL"#,
            erasure
        )
        .fetch_optional(db)
        .await
    }
}

/// Puts a person on the list.
///
/// # Errors
/// When the storage says no.
pub async fn keep(storage: &Storage, kept: &Kept) -> Result<(), Stop> {
    let contents = serde_json::to_vec(kept)?;
    Ok(storage.put(&format!("{UNDER}{}", kept.user_id), "application/json", contents.into()).await?)
}

/// The list.
///
/// # Errors
/// When the storage says no, or has an entry that can't be read.
pub async fn all(storage: &Storage) -> Result<Vec<Kept>, Stop> {
    let mut list = Vec::new();
    let mut after = UNDER.to_owned();
    loop {
        let names = storage.names(Some(&after), PAGE).await?;
        let is_last = names.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for name in names {
            if !name.starts_with(UNDER) {
                return Ok(list);
            }
            list.push(read(storage, &name).await?);
            after = name;
        }
        if is_last {
            return Ok(list);
        }
    }
}

async fn read(storage: &Storage, name: &str) -> Result<Kept, Stop> {
    let mut pieces = storage.read(name, None).await?.pieces;
    let mut text = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| StorageError::Away)?;
        if text.len() + piece.len() > LARGEST {
            return Err(StorageError::TooLarge.into());
        }
        text.extend_from_slice(&piece);
    }
    serde_json::from_slice(&text).map_err(|error| {
        tracing::error!(name, "an entry of the list of erased people can't be read");
        error.into()
    })
}

/// Puts in the erasure of everybody on the list whom the database has again; how many.
///
/// # Errors
/// When storage or database say no.
pub async fn put_due(db: &PgPool, storage: &Storage, now: OffsetDateTime) -> Result<i64, Stop> {
    let mut count = 0;
    for kept in all(storage).await? {
        count += i64::from(bring_back(db, kept, now).await?);
    }
    let unclean = sqlx::query_scalar!(
        r#"SELECT e.id AS "id!" FROM erasures e
           WHERE e.state = 'done' AND (
               EXISTS (SELECT 1 FROM users u WHERE u.id = ANY (accounts_of(e.user_id)) AND u.email NOT LIKE 'erased-%@erased.invalid')
               OR EXISTS (SELECT 1 FROM orders o WHERE o.user_id = ANY (accounts_of(e.user_id)) AND o.customer_email <> 'erased@erased.invalid'))"#
    )
    .fetch_all(db)
    .await?;
    for id in unclean {
        let put = transact(db, Actor::system(Again::KIND, REASON), move |connection| {
            Box::pin(async move { put_job(connection, id, None).await })
        })
        .await?;
        count += i64::from(put.is_some());
    }
    Ok(count)
}

/// Records an erasure anew that the database doesn't know any more, and puts in its job; whether there was one.
async fn bring_back(db: &PgPool, kept: Kept, now: OffsetDateTime) -> Result<bool, Stop> {
    transact(db, Actor::system(Again::KIND, REASON), move |connection| {
        Box::pin(async move {
            let is_lost = sqlx::query_scalar!(
                r#"SELECT NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = $1 AND e.state IN ('granted', 'done')) AS "is_lost!"
                   FROM users WHERE id = $1 FOR NO KEY UPDATE"#,
                kept.user_id
            )
            .fetch_optional(&mut *connection)
            .await?;
            if is_lost != Some(true) {
                return Ok(false);
            }
            // colleagues who came after the backup are unknown as well: others stand for them, the trail has the reason
            let two = sqlx::query_scalar!(
                r#"SELECT id FROM users WHERE id <> $3 AND (id IN ($1, $2) OR role IN ('admin', 'super_admin'))
                   ORDER BY id = $1 DESC, id = $2 DESC, created_at LIMIT 2"#,
                kept.asked_by,
                kept.decided_by,
                kept.user_id
            )
            .fetch_all(&mut *connection)
            .await?;
            let &[asked_by, decided_by] = two.as_slice() else {
                tracing::error!("a person who was erased is back, and there are no two colleagues to erase them again");
                return Err(AppError::NotFound.into());
            };
            let open = sqlx::query!(
                "SELECT id, asked_by FROM erasures WHERE user_id = $1 AND state = 'asked'",
                kept.user_id
            )
            .fetch_optional(&mut *connection)
            .await?;
            let (id, by) = if let Some(open) = open {
                (open.id, if open.asked_by == decided_by { asked_by } else { decided_by })
            } else {
                let id = sqlx::query_scalar!(
                    "INSERT INTO erasures (user_id, reason, asked_by, asked_at) VALUES ($1, $2, $3, $4) RETURNING id",
                    kept.user_id,
                    REASON,
                    asked_by,
                    kept.decided_at
                )
                .fetch_one(&mut *connection)
                .await?;
                (id, decided_by)
            };
            tracing::warn!(erasure = %id, "a person who was erased is back after a restore: erased again");
            grant(connection, (id, kept.user_id), (by, now)).await?;
            Ok(true)
        })
    })
    .await
}

/// Looks each night.
#[derive(Debug, Serialize, Deserialize)]
pub struct Again {}

impl Job for Again {
    const KIND: &'static str = "privacy.again";
    const AT_ONCE: i32 = 1;
    const EVERY: &'static str = "23 4 * * *";

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let put = put_due(&run.state.db, &run.state.storage, run.state.clock.now()).await?;
        if put > 0 {
            tracing::warn!(put, kind = Erase::KIND, "people who were erased were back");
        }
        Ok(Step::Done)
    }
}
