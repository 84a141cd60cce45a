//! What a search of everything found. No I/O.

use serde::{Deserialize, Serialize};

/// Longest text that is searched for.
pub const LONGEST: u16 = 200;

/// What was found, by kind; kinds without hits are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What can't be looked for, in sentences; else empty.
    pub problem: String,
    /// The kinds.
    pub groups: Vec<Group>,
}

/// The hits of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name: `Orders`.
    pub title: String,
    /// Icon of the sprite.
    pub icon: String,
    /// The best first.
    pub hits: Vec<Hit>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// What it is called.
    pub title: String,
    /// Its second line: state, total, when; or where it leads.
    pub about: String,
    /// Where it is: a path of ours.
    pub to: String,
}

impl Found {
    /// How many hits there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.hits.len()).sum()
    }
}
