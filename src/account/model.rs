//! What the forms of one's own account send. No I/O.

use serde::{Deserialize, Serialize};

/// One's own preferences, as the form has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// IANA name.
    pub time_zone: String,
    /// As `stamp::Dates` has it.
    pub locale: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `compact` or `relaxed`.
    pub density: String,
    /// Address of a page of the navigation.
    pub start_page: String,
    /// Told of notes that name one: `yes` or `no`.
    pub mention: String,
    /// Of orders given to one.
    pub assignment: String,
    /// Of one's own jobs that ended.
    pub job: String,
}
