//! The calls: each is counted when it fails, and a storage that goes away or comes back is said once in the log.

use super::{Storage, StorageError};
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::{ByteStream, DateTime},
    types::{CompletedMultipartUpload, CompletedPart},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use std::{io, pin::Pin, sync::atomic::Ordering};
use time::OffsetDateTime;

/// Contents, piece by piece.
pub type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// An object, or a range of it, that is being read.
pub struct Reading {
    /// How many bytes come.
    pub bytes: u64,
    /// Which they are, as `Content-Range` says it; nothing when it is all.
    pub range: Option<String>,
    /// They.
    pub pieces: Pieces,
}

/// An object in the bucket.
pub(super) struct Listed {
    pub key: String,
    pub modified: OffsetDateTime,
}

/// An upload that isn't finished.
pub(super) struct Unfinished {
    pub key: String,
    pub upload_id: String,
    pub begun: OffsetDateTime,
}

fn moment(time: Option<&DateTime>) -> OffsetDateTime {
    // without one it counts as made just now: what is young is left alone
    time.and_then(|time| OffsetDateTime::from_unix_timestamp(time.secs()).ok()).unwrap_or_else(OffsetDateTime::now_utc)
}

impl Storage {
    fn note<T, E: ProvideErrorMetadata>(
        &self,
        call: &'static str,
        result: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, StorageError> {
        let result = result.map_err(|error| StorageError::of(&error));
        let is_up = match &result {
            Err(StorageError::Away) => {
                self.0.metrics.storage_failures.fetch_add(1, Ordering::Relaxed);
                false
            }
            Err(error @ (StorageError::Denied | StorageError::Refused(_))) => {
                self.0.metrics.storage_failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(call, %error, "the file storage refused a call");
                true
            }
            _ => true,
        };
        match (self.0.up.swap(is_up, Ordering::Relaxed), is_up) {
            (true, false) => tracing::error!(call, "the file storage doesn't answer"),
            (false, true) => tracing::info!("the file storage answers again"),
            _ => {}
        }
        result
    }

    /// Reads an object, or a range of it (`bytes=0-99`).
    ///
    /// # Errors
    /// [`StorageError::Missing`], [`StorageError::Range`], or no answer.
    pub async fn read(&self, key: &str, range: Option<&str>) -> Result<Reading, StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.get_object().bucket(&backend.bucket).key(key).set_range(range.map(str::to_owned));
        let found = self.note("read", call.send().await)?;
        let bytes = found.content_length().and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
        let range = found.content_range().map(str::to_owned);
        let pieces = stream::unfold(found.body, async |mut body: ByteStream| {
            let piece = body.next().await?;
            Some((piece.map_err(io::Error::other), body))
        });
        Ok(Reading { bytes, range, pieces: Box::pin(pieces.fuse()) })
    }

    /// How many bytes an object has, if it is there.
    pub(super) async fn size(&self, key: &str) -> Result<Option<u64>, StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.head_object().bucket(&backend.bucket).key(key);
        match self.note("head", call.send().await) {
            Ok(found) => Ok(found.content_length().and_then(|bytes| u64::try_from(bytes).ok())),
            Err(StorageError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores an object of little size whole.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn put(&self, key: &str, content_type: &str, contents: Bytes) -> Result<(), StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.put_object().bucket(&backend.bucket).key(key).content_type(content_type);
        let call = call.body(contents.into()).customize().config_override(self.0.patience.transfers());
        self.note("put", call.send().await)?;
        Ok(())
    }

    pub(super) async fn begin_upload(&self, key: &str, content_type: &str) -> Result<String, StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.create_multipart_upload().bucket(&backend.bucket).key(key).content_type(content_type);
        let begun = self.note("begin upload", call.send().await)?;
        begun.upload_id.ok_or_else(|| StorageError::Refused("no upload id".into()))
    }

    pub(super) async fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: i32,
        contents: Bytes,
    ) -> Result<String, StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.upload_part().bucket(&backend.bucket).key(key).upload_id(upload_id);
        let call = call.part_number(number).body(contents.into());
        let call = call.customize().config_override(self.0.patience.transfers());
        let stored = self.note("put part", call.send().await)?;
        stored.e_tag.ok_or_else(|| StorageError::Refused("no ETag".into()))
    }

    pub(super) async fn complete(&self, key: &str, upload_id: &str, etags: &[String]) -> Result<(), StorageError> {
        let backend = self.backend().await?;
        let parts =
            (1..).zip(etags).map(|(number, etag)| CompletedPart::builder().part_number(number).e_tag(etag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let call = backend.client.complete_multipart_upload().bucket(&backend.bucket).key(key).upload_id(upload_id);
        let call = call.multipart_upload(parts).customize().config_override(self.0.patience.transfers());
        self.note("complete", call.send().await)?;
        Ok(())
    }

    /// Also done when there is no such upload any more.
    pub(super) async fn abort(&self, key: &str, upload_id: &str) -> Result<(), StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.abort_multipart_upload().bucket(&backend.bucket).key(key).upload_id(upload_id);
        match self.note("abort", call.send().await) {
            Ok(_) | Err(StorageError::UploadGone | StorageError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// On the server: nothing comes through here.
    pub(super) async fn copy(&self, from: &str, to: &str, content_type: &str) -> Result<(), StorageError> {
        let backend = self.backend().await?;
        // our keys have no character that this header would have to escape
        let source = format!("{}/{from}", backend.bucket);
        let call = backend.client.copy_object().bucket(&backend.bucket).copy_source(source).key(to);
        let call = call.content_type(content_type).customize().config_override(self.0.patience.transfers());
        self.note("copy", call.send().await)?;
        Ok(())
    }

    /// Also done when there is no such object.
    pub(super) async fn delete(&self, key: &str) -> Result<(), StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.delete_object().bucket(&backend.bucket).key(key);
        match self.note("delete", call.send().await) {
            Ok(_) | Err(StorageError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A page of objects in the order of their names, after one of them.
    pub(super) async fn list(&self, after: Option<&str>, most: i32) -> Result<Vec<Listed>, StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.list_objects_v2().bucket(&backend.bucket).max_keys(most);
        let page = self.note("list", call.set_start_after(after.map(str::to_owned)).send().await)?;
        let objects = page.contents.unwrap_or_default().into_iter();
        Ok(objects
            .filter_map(|object| Some(Listed { modified: moment(object.last_modified()), key: object.key? }))
            .collect())
    }

    /// A page of names, in order, after one of them: to look at.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn names(&self, after: Option<&str>, most: i32) -> Result<Vec<String>, StorageError> {
        Ok(self.list(after, most).await?.into_iter().map(|object| object.key).collect())
    }

    /// Uploads that aren't finished, the first thousand.
    pub(super) async fn unfinished(&self) -> Result<Vec<Unfinished>, StorageError> {
        let backend = self.backend().await?;
        let call = backend.client.list_multipart_uploads().bucket(&backend.bucket);
        let page = self.note("list uploads", call.send().await)?;
        let uploads = page.uploads.unwrap_or_default().into_iter();
        Ok(uploads
            .filter_map(|upload| {
                let begun = moment(upload.initiated());
                Some(Unfinished { begun, key: upload.key?, upload_id: upload.upload_id? })
            })
            .collect())
    }
}
