//! Why a file could not be written or read.

use crate::{error::AppError, server::db::Stop};
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

/// Why the storage could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// It can't be reached, or didn't answer in time, or has trouble itself: try again later.
    #[error("the file storage doesn't answer")]
    Away,
    /// There is no such object, or the file's row isn't being written any more.
    #[error("the file storage has nothing there")]
    Missing,
    /// The upload was given up meanwhile, or is complete: the file must be written from its beginning.
    #[error("the upload is gone")]
    UploadGone,
    /// It doesn't know our key, or the key may not do this.
    #[error("the file storage refuses our key")]
    Denied,
    /// A range that begins after the object's end.
    #[error("the object is shorter")]
    Range,
    /// Any other refusal, by its S3 code.
    #[error("the file storage refused: {0}")]
    Refused(String),
    /// More bytes than one object may have here.
    #[error("the file is too large")]
    TooLarge,
    /// A saved place that this version can't read: write the file from its beginning.
    #[error("the saved place can't be read")]
    Place,
    /// The folder of the embedded server.
    #[error("the folder of the file storage: {0}")]
    Folder(#[from] std::io::Error),
    /// The database.
    #[error("the database: {0:?}")]
    Database(Stop),
}

impl From<Stop> for StorageError {
    fn from(stop: Stop) -> Self {
        Self::Database(stop)
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Stop::Database(error))
    }
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Database(stop) => stop,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<StorageError> for AppError {
    /// Logs the cause; the person is told whether it makes sense to try again.
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Missing => Self::NotFound,
            StorageError::Away => Self::Busy,
            StorageError::Database(Stop::Failed(error)) => error,
            StorageError::Database(Stop::Database(error)) => error.into(),
            other => {
                tracing::error!(error = %other, "file storage");
                Self::Unexpected { request_id: "none".into() }
            }
        }
    }
}

impl StorageError {
    /// What an answer of S3, or its absence, means. None of its words are taken over: they may quote what was signed.
    pub(super) fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        let SdkError::ServiceError(answer) = error else {
            return match error {
                SdkError::ConstructionFailure(_) => Self::Refused("the request could not be made".into()),
                _ => Self::Away,
            };
        };
        let status = answer.raw().status().as_u16();
        match (answer.err().code(), status) {
            (Some("NoSuchUpload"), _) => Self::UploadGone,
            (Some("InvalidRange"), _) => Self::Range,
            (Some("NoSuchBucket"), _) => Self::Refused("NoSuchBucket".into()),
            (Some("NoSuchKey" | "NotFound"), _) | (None, 404) => Self::Missing,
            (_, 403) => Self::Denied,
            (_, 429 | 500..) => Self::Away,
            (code, _) => Self::Refused(code.map_or_else(|| status.to_string(), str::to_owned)),
        }
    }
}
