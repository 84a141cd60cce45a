//! Rows of `files`.

use super::Place;
use crate::server::{db::Stop, hex::hex};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a file is for: the first part of its object's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Rows that somebody asked for.
    Export,
    /// A picture of a product.
    Picture,
    /// A picture of a person.
    Avatar,
    /// A month of a log that left the database.
    Archive,
}

impl Purpose {
    /// `files.purpose`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Picture => "picture",
            Self::Avatar => "avatar",
            Self::Archive => "archive",
        }
    }

    /// The object's name: `export/ab/cd/abcd…`, as `files.key` has it.
    pub(super) fn key(self, sha256: &[u8]) -> String {
        let hash = hex(sha256);
        let (first, second) = (hash.get(..2).unwrap_or_default(), hash.get(2..4).unwrap_or_default());
        format!("{}/{first}/{second}/{hash}", self.word())
    }
}

/// A file that is about to be written.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// What it is for.
    pub purpose: Purpose,
    /// What people call it: `orders-2026-11-25.csv`. No slash.
    pub name: String,
    /// Its type: `text/csv; charset=utf-8`.
    pub content_type: String,
    /// Who may download it. An export must have one.
    pub owner_id: Option<Uuid>,
    /// The job that writes it.
    pub job_id: Option<Uuid>,
    /// When it goes. An export must have it.
    pub expires_at: Option<OffsetDateTime>,
}

/// Notes a file that is about to be written, in the transaction of whoever asked for it; [`super::Storage::writer`] then
/// writes it.
///
/// # Errors
/// When the database says no.
pub async fn create(connection: &mut PgConnection, file: &NewFile) -> Result<Uuid, Stop> {
    let id = sqlx::query_scalar!(
        "INSERT INTO files (purpose, name, content_type, owner_id, job_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        file.purpose.word(),
        file.name,
        file.content_type,
        file.owner_id,
        file.job_id,
        file.expires_at
    )
    .fetch_one(connection)
    .await?;
    Ok(id)
}

/// Notes that a part was stored, in the transaction that saves its place; false when the file was given up meanwhile.
///
/// # Errors
/// When the database says no.
pub async fn keep(connection: &mut PgConnection, place: &Place) -> Result<bool, Stop> {
    let done = sqlx::query!(
        "UPDATE files SET upload_id = $2, written_at = now() WHERE id = $1 AND state = 'writing'",
        place.file,
        place.upload
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A file whose object is in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// `files.id`.
    pub file: Uuid,
    /// How many bytes it has.
    pub bytes: u64,
    /// SHA-256 of its contents.
    pub sha256: [u8; 32],
    /// Name of its object.
    pub key: String,
}

/// Lets its owner have a file, in the transaction that says the job is done; false when it was given up meanwhile.
///
/// # Errors
/// When the database says no.
pub async fn publish(connection: &mut PgConnection, stored: &Stored) -> Result<bool, Stop> {
    let done = sqlx::query!(
        "UPDATE files SET state = 'ready', upload_id = NULL, written_at = now() WHERE id = $1 AND state = 'writing' AND sha256 = $2",
        stored.file,
        &stored.sha256[..]
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a file back, ready or not: what it has in the storage is deleted by the cleaner. False when it was gone.
///
/// # Errors
/// When the database says no.
pub async fn give_up(connection: &mut PgConnection, file: Uuid) -> Result<bool, Stop> {
    let done = sqlx::query!("UPDATE files SET state = 'gone' WHERE id = $1 AND state <> 'gone'", file)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A file that can be read.
#[derive(Clone, Debug)]
pub struct File {
    /// `files.id`.
    pub id: Uuid,
    /// What it is for.
    pub purpose: String,
    /// What people call it.
    pub name: String,
    /// Its type.
    pub content_type: String,
    /// Name of its object.
    pub key: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// When it goes.
    pub expires_at: Option<OffsetDateTime>,
}

impl File {
    /// Whether its time is over, whether or not the cleaner was there.
    #[must_use]
    pub fn is_over(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// A file that is ready and somebody's own, or with `archives` one of the archive; also one whose time is over.
///
/// # Errors
/// When the database says no.
pub async fn of_owner(db: &PgPool, id: Uuid, owner: Uuid, archives: bool) -> sqlx::Result<Option<File>> {
    sqlx::query_as!(
        File,
        r#"SELECT id, purpose, name, content_type, key AS "key!", bytes AS "bytes!", expires_at
           FROM files WHERE id = $1 AND (owner_id = $2 OR $3 AND purpose = 'archive') AND state = 'ready'"#,
        id,
        owner,
        archives
    )
    .fetch_optional(db)
    .await
}

/// A person's picture that is ready, whoever's.
///
/// # Errors
/// When the database says no.
pub async fn avatar(db: &PgPool, id: Uuid) -> sqlx::Result<Option<File>> {
    sqlx::query_as!(
        File,
        r#"SELECT id, purpose, name, content_type, key AS "key!", bytes AS "bytes!", expires_at
           FROM files WHERE id = $1 AND state = 'ready' AND purpose = 'avatar'"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// A ready file by its id, for who has a link to it.
pub(super) async fn by_id(db: &PgPool, id: Uuid) -> sqlx::Result<Option<File>> {
    sqlx::query_as!(
        File,
        r#"SELECT id, purpose, name, content_type, key AS "key!", bytes AS "bytes!", expires_at
           FROM files WHERE id = $1 AND state = 'ready'"#,
        id
    )
    .fetch_optional(db)
    .await
}
