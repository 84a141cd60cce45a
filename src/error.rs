//! The one error type of server functions and pages: what we did not foresee, or what ends a request.
//!
//! Refusals that a person can act on (a wrong password, a row that moved on) are not errors:
//! they are [`crate::forms::Outcome::Refused`], so that sessions are saved and input is kept.

use crate::auth::model::Right;
use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

/// Why a request ended without an answer. Safe to show: details are logged, never carried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum AppError {
    /// No session, or it ended. 401.
    #[error("You are signed out. Sign in again and repeat the last step.")]
    SignedOut,
    /// The person lacks a right. 403.
    #[error("You need the right “{}” for this. People with these roles have it: {}.", right.label(), right.holder_names())]
    Forbidden {
        /// The right, as in the table of rights.
        right: Right,
    },
    /// The thing does not exist, or not for this person. 404.
    #[error("There is nothing at this address. It may have been deleted.")]
    NotFound,
    /// The request could not be understood: a client's mistake. 400.
    #[error("This request could not be read: {0}")]
    BadRequest(String),
    /// Too many tries; nothing was changed. 429.
    #[error("There were too many tries in a short time. Nothing was changed; try again in {}.", wait(*seconds))]
    TooMany {
        /// When trying again makes sense.
        seconds: u32,
    },
    /// Too busy just now; nothing was changed. 503.
    #[error("The server is busy. Nothing was changed; try again in a few seconds.")]
    Busy,
    /// Our fault; carries the request id to find it in the log. 500.
    #[error(
        "Something went wrong on our side and nothing was changed. Tell your administrator this number: {request_id}"
    )]
    Unexpected {
        /// Request id of the log line that has the cause.
        request_id: String,
    },
    /// The browser could not reach the server.
    #[error("The server can't be reached. Your input is still here; try again.")]
    Offline,
}

impl AppError {
    /// The HTTP status that says the same.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound => 404,
            Self::BadRequest(_) => 400,
            Self::TooMany { .. } => 429,
            Self::Busy => 503,
            Self::Unexpected { .. } | Self::Offline => 500,
        }
    }

    /// Seconds after which trying again makes sense, as `Retry-After` says it.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooMany { seconds } => Some(*seconds),
            Self::Busy => Some(2),
            _ => None,
        }
    }

    /// A short title for an error page.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::SignedOut => "Signed out",
            Self::Forbidden { .. } => "Not for your role",
            Self::NotFound => "Not found",
            Self::BadRequest(_) => "Not understood",
            Self::TooMany { .. } => "Too many tries",
            Self::Busy => "Busy",
            Self::Unexpected { .. } => "Something went wrong",
            Self::Offline => "No connection",
        }
    }
}

/// “40 seconds”, “2 minutes”: rounded up, so that it is never too early.
fn wait(seconds: u32) -> String {
    match seconds {
        0 | 1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) => Self::Offline,
            ServerFnErrorErr::Args(why)
            | ServerFnErrorErr::MissingArg(why)
            | ServerFnErrorErr::Deserialization(why) => Self::BadRequest(why),
            _ => Self::Unexpected { request_id: "none".into() },
        }
    }
}
