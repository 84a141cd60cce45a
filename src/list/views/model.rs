//! What travels between the page of saved views and the server. No I/O.

use crate::auth::model::{Right, Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest name, as the table has it.
pub const LONGEST_NAME: u16 = 60;

/// A list that views can be saved of.
#[derive(Debug)]
pub struct Kind {
    /// As stored.
    pub code: &'static str,
    /// For people.
    pub label: &'static str,
    /// The list's address.
    pub path: &'static str,
    /// Who may open it.
    pub right: Right,
}

/// All lists.
pub static KINDS: [Kind; 3] = [
    Kind { code: "orders", label: "Orders", path: "/orders", right: Right::ReadOrders },
    Kind { code: "users", label: "Users", path: "/users", right: Right::ReadUsers },
    Kind { code: "audit", label: "Audit", path: "/audit", right: Right::ReadAudit },
];

/// A list by its code.
#[must_use]
pub fn kind(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

/// A saved view, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its row.
    pub id: Uuid,
    /// The row's version.
    pub version: i32,
    /// Its name.
    pub name: String,
    /// The list's name.
    pub list: String,
    /// The list with it.
    pub to: String,
    /// What it asks for, for people.
    pub asks: String,
    /// Who made it.
    pub owner: String,
    /// Whether the team has it.
    pub is_shared: bool,
    /// Whose first view it is.
    pub default_of: Option<Role>,
    /// Whether this person may change it.
    pub is_mine: bool,
    /// Its place among the pinned ones, from 1.
    pub pinned: Option<i32>,
}

/// Everything that the page of saved views shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Views {
    /// Pinned ones first, in their order.
    pub views: Vec<View>,
    /// Deleted in the last day, by this person.
    pub deleted: Vec<View>,
    /// What is asked to be saved, for people; nothing: the page was opened without.
    pub save: Option<String>,
    /// Whether this person may share.
    pub may_share: bool,
}

/// A pinned view in the navigation: its name, the list with it, how many rows it has (empty when that isn't known).
/// Texts only: what the navigation needs of it is in the first bundle of every page.
pub type Pin = [String; 3];
