//! One act on many rows of a list: those that were checked, or all that fit its filter. A page says which and what can be
//! done; a preview fixes them, says what changes and which can't; the job that runs it does row by row what the single act
//! does.
//!
//! Files: `form` the page and the forms of the acts · `preview` fixing the rows.

pub mod form;
pub mod preview;

use uuid::Uuid;

/// Most rows of one bulk act.
pub const MOST: usize = 50_000;

/// Ids as a form of ours carries them.
#[must_use]
pub fn dotted(ids: &[Uuid]) -> String {
    ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>().join(".")
}
