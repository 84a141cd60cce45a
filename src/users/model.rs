//! States of an account, and what travels between pages and server. No I/O.

use serde::{Deserialize, Serialize};

/// `users.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use.
    Active,
    /// Left alone for long.
    Inactive,
    /// Kept out by a colleague.
    Suspended,
    /// Given up; it can be brought back.
    Deleted,
}

impl Status {
    /// All, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Active, Self::Inactive, Self::Suspended, Self::Deleted];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }

    /// From its stored form.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Suspended => "Suspended",
            Self::Deleted => "Deleted",
        }
    }

    /// Class of its badge.
    #[must_use]
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Active => "badge good",
            Self::Inactive | Self::Deleted => "badge done",
            Self::Suspended => "badge bad",
        }
    }
}

/// What a person chose to do with many users; each act reads its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkChoice {
    /// The users that were checked, ids separated by dots; none: all that fit `query`.
    pub ids: String,
    /// The filter, as an address of the list has it.
    pub query: String,
    /// Why, for colleagues and the record.
    pub reason: String,
    /// A file: its name.
    pub text: String,
    /// Tags to put on, separated by commas.
    pub add: String,
    /// Tags to take off, separated by commas.
    pub remove: String,
}

/// What the form about a customer says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserEdit {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address; not read where it is masked.
    pub email: String,
    /// Phone number; not read where it is masked.
    pub phone: String,
    /// A day, as `1990-12-31`; not read where it is masked.
    pub birth: String,
}

/// What the form that merges two accounts says, but which they are: for each value `take` (that of the account that goes) or
/// anything else (it stays).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MergeChoice {
    /// First and last name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// Date of birth.
    pub birth: String,
    /// Why, for the record.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_survive_the_way_to_the_database_and_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.code()), Some(status));
        }
        assert_eq!(Status::parse("gone"), None);
    }
}
