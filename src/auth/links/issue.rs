//! Makes a link and the mail that carries it, in the transaction of what they belong to.

use super::{store, token::Kind};
use crate::{
    forms::Refusal,
    server::{
        db::Stop,
        mail::{self, Mail},
        state::AppState,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// A link to be made.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// What for.
    pub kind: Kind,
    /// For whom.
    pub user_id: Uuid,
    /// Where the mail goes: the person's address, or for [`Kind::Email`] the new one.
    pub email: String,
    /// Who asked for it, when that is somebody who is signed in.
    pub created_by: Option<Uuid>,
}

/// Makes a link and puts its mail into the outbox. An open one of the same kind ends.
///
/// # Errors
/// A refusal when there is no such person; when the database says no.
pub async fn issue(connection: &mut PgConnection, state: &AppState, link: NewLink) -> Result<(), Stop> {
    let now = state.clock.now();
    // locks the person: of two at the same moment the second ends the link of the first
    let Some(to) = store::lock_person(connection, link.user_id, link.created_by).await? else {
        return Err(Refusal::conflict("This person is not there any more. Nothing was changed.").into());
    };
    let email = link.email.trim().to_lowercase();
    let id = store::insert(connection, &link, &email, now).await?;
    let hello = format!("Hello {},\n\n", to.first_name);
    let hours = link.kind.good_for().whole_hours();
    let time = if hours == 1 { "an hour".to_owned() } else { format!("{hours} hours") };
    let (subject, body) = match link.kind {
        Kind::Invitation => {
            let by = to.invited_by.unwrap_or_else(|| "A colleague".into());
            (
                "Your invitation to TechAlly Admin",
                format!(
                    "{hello}{by} invites you to TechAlly Admin, the back office of {company}.\n\n\
                     Choose your password here. The link works once, within {time}:\n{{link}}\n\n\
                     From then on you sign in with this address, {email}, and your password.\n\n\
                     If you did not expect this mail, ignore it: nothing happens without the link.\n",
                    company = to.company
                ),
            )
        }
        Kind::Reset => (
            "Choose a new password for TechAlly Admin",
            format!(
                "{hello}a new password for your account at TechAlly Admin was asked for.\n\n\
                 Choose it here. The link works once, within {time}:\n{{link}}\n\n\
                 If it was not you, ignore this mail: your password stays as it is, and nobody can change it without the link.\n"
            ),
        ),
        Kind::Email => (
            "Confirm your new address for TechAlly Admin",
            format!(
                "{hello}this address, {email}, was given as your new one for TechAlly Admin.\n\n\
                 Confirm it here. The link works once, within {time}:\n{{link}}\n\n\
                 Until then you sign in with the old one. If it was not you, ignore this mail.\n"
            ),
        ),
    };
    let mail = Mail {
        kind: link.kind.code(),
        key: &format!("link:{id}"),
        order_id: None,
        link_id: Some(id),
        recipient: &email,
        subject,
        body: &body,
        requested_by: link.created_by,
    };
    mail::enqueue(connection, mail).await?;
    Ok(())
}
