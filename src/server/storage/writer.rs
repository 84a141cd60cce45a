//! Writing a file piece by piece, so that it can go on after a crash.
//!
//! A part goes out as soon as there are 8 MiB, together with the piece that made them so many: after a write that says
//! [`Some`](Writer::write) the storage has all that was given so far. Who saves that [`Place`] with its own (the last row
//! read) in one transaction goes on from there, byte for byte. What was sent after the place that was saved last is sent
//! again under the same numbers.
//!
//! The place holds the running SHA-256, and with it up to 63 bytes of contents: it belongs where the contents may be.

use super::{Storage, StorageError, Stored, files::Purpose};
use crate::server::{
    db::{Actor, transact},
    hex::hex,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{
    Digest, Sha256,
    digest::common::hazmat::{SerializableState, SerializedState},
};
use sqlx::PgPool;
use uuid::Uuid;

/// A part is sent when there is so much of it. S3 takes no part but the last below 5 MiB.
pub const PART: usize = 8 << 20;
/// Most bytes of a file: one copy on the server takes no more.
const LARGEST: u64 = 5 << 30;

/// How far a file is written; to be kept, and to go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `files.id`.
    pub file: Uuid,
    /// What it is for.
    pub purpose: Purpose,
    /// Its type.
    pub content_type: String,
    /// The multipart upload, once there is one.
    pub upload: Option<String>,
    /// What the storage answered to each part.
    pub etags: Vec<String>,
    /// Bytes in these parts.
    pub bytes: u64,
    /// The running SHA-256 over them, put aside.
    pub hash: String,
}

/// A file that is being written. Dropped, it can be taken up again from its last place.
pub struct Writer {
    storage: Storage,
    file: Uuid,
    purpose: Purpose,
    content_type: String,
    upload: Option<String>,
    etags: Vec<String>,
    /// Bytes that the storage has.
    stored: u64,
    hash: Sha256,
    waiting: Vec<u8>,
    /// The upload is complete: its object is there under the name of the row.
    complete: bool,
}

impl Storage {
    /// Begins to write a file that [`create`](super::create) has noted.
    #[must_use]
    pub fn writer(&self, file: Uuid, purpose: Purpose, content_type: &str) -> Writer {
        Writer {
            storage: self.clone(),
            file,
            purpose,
            content_type: content_type.to_owned(),
            upload: None,
            etags: Vec::new(),
            stored: 0,
            hash: Sha256::new(),
            waiting: Vec::new(),
            complete: false,
        }
    }

    /// Goes on from a place that was saved: the next byte to write is number `place.bytes`.
    ///
    /// # Errors
    /// [`StorageError::Place`] when another version saved it.
    pub fn resume(&self, place: Place) -> Result<Writer, StorageError> {
        let hash = state_of(&place.hash).ok_or(StorageError::Place)?;
        Ok(Writer {
            upload: place.upload,
            etags: place.etags,
            stored: place.bytes,
            hash,
            ..self.writer(place.file, place.purpose, &place.content_type)
        })
    }

    /// What a finished writer left when its caller could not say so any more: the object, if it is in place. Ask before
    /// going on with a file whose writer may have finished.
    ///
    /// # Errors
    /// When storage or database say no.
    pub async fn finished(&self, db: &PgPool, file: Uuid) -> Result<Option<Stored>, StorageError> {
        let claimed = sqlx::query!(
            r#"SELECT key AS "key!", bytes AS "bytes!", sha256 AS "sha256!" FROM files
               WHERE id = $1 AND state <> 'gone' AND sha256 IS NOT NULL AND bytes IS NOT NULL"#,
            file
        )
        .fetch_optional(db)
        .await?;
        let Some(claimed) = claimed else { return Ok(None) };
        let (Ok(bytes), Ok(sha256)) = (u64::try_from(claimed.bytes), claimed.sha256.try_into()) else {
            return Ok(None);
        };
        let is_there = self.size(&claimed.key).await? == Some(bytes);
        Ok(is_there.then_some(Stored { file, bytes, sha256, key: claimed.key }))
    }
}

impl Writer {
    /// Takes a piece of contents. A place says that everything up to here is stored and worth saving; nothing that the
    /// piece waits for company. After an error the same writer may be asked again with an empty piece.
    ///
    /// # Errors
    /// [`StorageError::UploadGone`] when the file must be written from its beginning by a new writer.
    pub async fn write(&mut self, piece: &[u8]) -> Result<Option<Place>, StorageError> {
        if self.bytes() + piece.len() as u64 > LARGEST {
            return Err(StorageError::TooLarge);
        }
        self.hash.update(piece);
        if self.waiting.is_empty() && self.stored > 0 {
            // the next part will be as large: no growing, no copying
            self.waiting.reserve_exact(PART + piece.len());
        }
        self.waiting.extend_from_slice(piece);
        if self.waiting.len() < PART {
            return Ok(None);
        }
        self.send().await?;
        Ok(Some(Place {
            file: self.file,
            purpose: self.purpose,
            content_type: self.content_type.clone(),
            upload: self.upload.clone(),
            etags: self.etags.clone(),
            bytes: self.stored,
            hash: hex(&self.hash.serialize()),
        }))
    }

    /// How many bytes were written.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.stored + self.waiting.len() as u64
    }

    /// How many of them wait to be sent, in memory.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Sends what waits as the next part.
    async fn send(&mut self) -> Result<(), StorageError> {
        let under = self.temporary();
        let upload = match &self.upload {
            Some(upload) => upload.clone(),
            None => self.upload.insert(self.storage.begin_upload(&under, &self.content_type).await?).clone(),
        };
        let number = i32::try_from(self.etags.len() + 1).map_err(|_| StorageError::TooLarge)?;
        let contents = Bytes::from(std::mem::take(&mut self.waiting));
        match self.storage.put_part(&under, &upload, number, contents.clone()).await {
            Ok(etag) => {
                self.etags.push(etag);
                self.stored += contents.len() as u64;
                Ok(())
            }
            Err(error) => {
                // not lost: the same may be tried again
                self.waiting = contents.into();
                Err(error)
            }
        }
    }

    /// Puts the file under the name of its contents. The row keeps that object from being deleted, and is ready once
    /// [`publish`](super::publish) says so. May be asked again after an error.
    ///
    /// # Errors
    /// [`StorageError::Missing`] when the file was given up meanwhile.
    pub async fn finish(&mut self, db: &PgPool) -> Result<Stored, StorageError> {
        let sha256: [u8; 32] = self.hash.clone().finalize().into();
        let stored = Stored { file: self.file, bytes: self.bytes(), sha256, key: self.purpose.key(&sha256) };
        if self.upload.is_some() {
            self.complete().await?;
        }
        claim(db, &stored).await?;
        if self.storage.size(&stored.key).await? != Some(stored.bytes) {
            if self.upload.is_some() {
                self.storage.copy(&self.temporary(), &stored.key, &self.content_type).await?;
            } else {
                self.storage.put(&stored.key, &self.content_type, Bytes::copy_from_slice(&self.waiting)).await?;
            }
            if self.storage.size(&stored.key).await? != Some(stored.bytes) {
                return Err(StorageError::Refused("what was stored has another length".into()));
            }
        }
        if self.upload.is_some()
            && let Err(error) = self.storage.delete(&self.temporary()).await
        {
            tracing::debug!(%error, "left for the cleaner");
        }
        Ok(stored)
    }

    async fn complete(&mut self) -> Result<(), StorageError> {
        if self.complete {
            return Ok(());
        }
        if !self.waiting.is_empty() {
            self.send().await?;
        }
        let (under, upload) = (self.temporary(), self.upload.clone().unwrap_or_default());
        match self.storage.complete(&under, &upload, &self.etags).await {
            Ok(()) => {}
            // done already, when only the answer was lost
            Err(StorageError::UploadGone) if self.storage.size(&under).await? == Some(self.stored) => {}
            Err(error) => return Err(error),
        }
        self.complete = true;
        Ok(())
    }

    fn temporary(&self) -> String {
        temporary(self.file)
    }
}

/// Where the parts of a file go, and its object before it has its name.
pub(super) fn temporary(file: Uuid) -> String {
    format!("{WRITING}{file}")
}

/// First of these names.
pub(super) const WRITING: &str = "writing/";

fn state_of(text: &str) -> Option<Sha256> {
    let digits = text.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
    let bytes: Vec<u8> = digits.collect::<Option<_>>()?;
    let state: SerializedState<Sha256> = bytes.as_slice().try_into().ok()?;
    Sha256::deserialize(&state).ok()
}

/// Says in the row which object it is about to have. Under the lock that the cleaner deletes under: what it is deleting
/// is gone before we look whether it is there, what we have claimed it leaves alone.
async fn claim(db: &PgPool, stored: &Stored) -> Result<(), StorageError> {
    let Stored { file, bytes, sha256, key } = stored.clone();
    let bytes = i64::try_from(bytes).map_err(|_| StorageError::TooLarge)?;
    let actor = Actor::system("storage", "");
    let claimed = transact(db, actor, move |connection| {
        Box::pin(async move {
            super::clean::lock(&mut *connection, &key).await?;
            let done = sqlx::query!(
                "UPDATE files SET bytes = $2, sha256 = $3 WHERE id = $1 AND state = 'writing'",
                file,
                bytes,
                &sha256[..]
            )
            .execute(connection)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    })
    .await?;
    if claimed { Ok(()) } else { Err(StorageError::Missing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_that_was_put_aside_goes_on_anywhere() {
        let text: Vec<u8> = (0_u32..1_000).flat_map(u32::to_le_bytes).collect();
        for cut in [0, 1, 63, 64, 65, 1_000, text.len()] {
            let (first, rest) = text.split_at(cut);
            let mut hash = Sha256::new();
            hash.update(first);
            let aside = hex(&hash.serialize());
            let mut again = state_of(&aside).expect("readable");
            again.update(rest);
            assert_eq!(again.finalize(), Sha256::digest(&text), "{cut}");
        }
        for broken in ["", "00", "zz", "é"] {
            assert!(state_of(broken).is_none(), "{broken}");
        }
    }
}
