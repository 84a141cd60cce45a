//! The second factor: codes of an authenticator app (TOTP), and recovery codes for who lost it.
//!
//! The secret is `users.mfa_secret`, encrypted under a key that the database does not have ([`Keys`](crate::server::keys)).
//! A code counts once: its step must be later than the last one used, decided by one UPDATE, so that of two requests with
//! the same code at the same moment one wins. Tries are counted before the code is looked at, in the row itself, so that
//! all instances count together; who gets here has the password, so a stranger can't make anybody wait.
//!
//! Files: `totp` codes, address, picture · `recovery` recovery codes · `check` one try · `enrol` setting up, taking away ·
//! `shown` new recovery codes until they are shown · `page` the page of one's own ·
//! `rotate` another key.

pub mod check;
pub mod enrol;
pub mod page;
pub mod recovery;
pub mod rotate;
pub mod shown;
pub mod totp;

/// Which secret of a person.
#[derive(Clone, Copy, Debug)]
pub(super) enum SecretKind {
    /// The one whose codes count.
    InUse,
    /// One that is shown and not confirmed yet.
    Pending,
}

/// Where a person's secret is encrypted for: in another row or column it can't be opened.
fn place(kind: SecretKind, user_id: uuid::Uuid) -> String {
    match kind {
        SecretKind::InUse => format!("users.mfa_secret:{user_id}"),
        SecretKind::Pending => format!("second_factors.pending_secret:{user_id}"),
    }
}
