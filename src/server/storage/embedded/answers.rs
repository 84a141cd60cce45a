//! What the server says: XML, with S3's codes for refusals.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use std::io;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Why it doesn't do what was asked.
#[derive(Debug)]
pub(super) enum Refusal {
    AccessDenied(&'static str),
    InvalidAccessKeyId,
    SignatureDoesNotMatch,
    BodyDoesNotMatch,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    InvalidArgument,
    InvalidPart,
    InvalidPartOrder,
    EntityTooSmall,
    InvalidRange,
    NotImplemented,
    Broken(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, words) = match &self {
            Self::AccessDenied(words) => (StatusCode::FORBIDDEN, "AccessDenied", *words),
            Self::InvalidAccessKeyId => (StatusCode::FORBIDDEN, "InvalidAccessKeyId", "No such key."),
            Self::SignatureDoesNotMatch => {
                (StatusCode::FORBIDDEN, "SignatureDoesNotMatch", "The signature is another.")
            }
            Self::BodyDoesNotMatch => {
                (StatusCode::BAD_REQUEST, "XAmzContentSHA256Mismatch", "The body isn't what was signed.")
            }
            Self::NoSuchBucket => (StatusCode::NOT_FOUND, "NoSuchBucket", "There is one bucket, with another name."),
            Self::NoSuchKey => (StatusCode::NOT_FOUND, "NoSuchKey", "No such object."),
            Self::NoSuchUpload => (StatusCode::NOT_FOUND, "NoSuchUpload", "No such upload, or it is over."),
            Self::InvalidArgument => (StatusCode::BAD_REQUEST, "InvalidArgument", "A value can't be used."),
            Self::InvalidPart => (StatusCode::BAD_REQUEST, "InvalidPart", "A part isn't there, or is another."),
            Self::InvalidPartOrder => (StatusCode::BAD_REQUEST, "InvalidPartOrder", "Parts go by their numbers."),
            Self::EntityTooSmall => (StatusCode::BAD_REQUEST, "EntityTooSmall", "A part has less than 5 MiB."),
            Self::InvalidRange => (StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", "The object is shorter."),
            Self::NotImplemented => (StatusCode::NOT_IMPLEMENTED, "NotImplemented", "This server can't do that."),
            Self::Broken(error) => {
                tracing::error!(%error, "the folder of the file storage");
                (StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "The folder can't be read or written.")
            }
        };
        let mut response = xml("Error", &format!("<Code>{code}</Code><Message>{words}</Message>"));
        *response.status_mut() = status;
        response
    }
}

/// An XML document. Names and hashes, all that it holds, have no character that XML would want escaped.
pub(super) fn xml(name: &str, inside: &str) -> Response {
    let space = if name == "Error" { "" } else { " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"" };
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}{space}>{inside}</{name}>");
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

/// A time as XML has it.
pub(super) fn moment(time: io::Result<std::time::SystemTime>) -> String {
    let time = time.map_or_else(|_| OffsetDateTime::now_utc(), OffsetDateTime::from);
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
