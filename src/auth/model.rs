//! Roles, rights, what each role sees of personal data, and who is signed in. No I/O.

mod right;
mod role;
mod sight;

pub use right::Right;
pub use role::{Role, role_name};
pub use sight::{Sight, address_sight, contact_sight, mask_email, mask_phone};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The signed-in person, as the shell shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// `users.id`.
    pub id: Uuid,
    /// First and last name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Rights that they were granted for a time, besides those of the role.
    #[serde(default)]
    pub lent: Vec<Right>,
    /// Address of their picture; empty: none.
    #[serde(default)]
    pub avatar: String,
    /// IANA time zone that times are shown in.
    pub time_zone: String,
    /// How dates are written, as `stamp::Dates` has it.
    #[serde(default)]
    pub locale: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `compact` or `relaxed`.
    pub density: String,
}

impl Me {
    /// Up to two initials for the avatar.
    #[must_use]
    pub fn initials(&self) -> String {
        self.name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect()
    }

    /// Whether this person holds a right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        right.held_by(self.role) || self.lent.contains(&right)
    }
}

/// What stands between password and code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInStep {
    /// Nothing any more: it took too long, or is done.
    Ended,
    /// A code is asked for.
    Code,
    /// A second factor must be set up first.
    Enrol(Enrolment),
}

/// A secret that is shown and waits for its first code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// For those who can't scan: base 32, in groups.
    pub manual_key: String,
    /// Modules of the picture's side.
    pub size: i32,
    /// The picture: an SVG path of its dark modules.
    pub path: String,
}
