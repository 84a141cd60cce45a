//! What the inbox shows. No I/O.

use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A page of the inbox, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// Its items.
    pub items: Vec<Item>,
    /// Some of all items aren't read.
    pub has_unread: bool,
    /// Address of the older ones; empty: there are none.
    pub older: String,
}

/// Something to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// `inbox_items.id`.
    pub id: Uuid,
    /// Who wants it to be seen; empty for a job that ended.
    pub from: String,
    /// What that person did, or how the job ended.
    pub what: String,
    /// What it is about: an order's number, a job's title.
    pub about: String,
    /// Where that is.
    pub to: String,
    /// The note; empty for an order that was given to the person.
    pub text: String,
    /// When.
    pub at: Stamp,
    /// It was read.
    pub is_read: bool,
}
