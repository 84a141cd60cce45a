//! Tells people by mail what changed about their account, so that they notice what they didn't do.

use super::model::{Role, mask_email};
use crate::server::{
    db::Stop,
    mail::{self, Mail},
};
use sqlx::PgConnection;
use uuid::Uuid;

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// They, or somebody with a link of theirs, chose a new password.
    PasswordChanged,
    /// A new address waits to be confirmed.
    AddressAsked {
        /// The new one.
        new: &'a str,
    },
    /// A new address was confirmed; told to the old one.
    AddressChanged {
        /// The old one.
        old: &'a str,
        /// The new one.
        new: &'a str,
    },
    /// A second factor was set up.
    SecondFactorOn,
    /// Their second factor was taken away, by themselves or a super admin.
    SecondFactorOff,
    /// New recovery codes were made.
    NewRecoveryCodes,
    /// They have another role.
    RoleChanged {
        /// The role that they have now.
        role: Role,
    },
    /// Somebody signed in as them with a browser that was not known.
    NewBrowser {
        /// What the browser calls itself.
        user_agent: &'a str,
    },
}

impl Notice<'_> {
    fn subject(self) -> &'static str {
        match self {
            Self::PasswordChanged => "Your password was changed",
            Self::AddressAsked { .. } => "A new address was given for your account",
            Self::AddressChanged { .. } => "Your address was changed",
            Self::SecondFactorOn => "Your second factor was set up",
            Self::SecondFactorOff => "Your second factor was removed",
            Self::NewRecoveryCodes => "You have new recovery codes",
            Self::RoleChanged { .. } => "Your role was changed",
            Self::NewBrowser { .. } => "A sign-in from a new browser",
        }
    }

    fn words(self) -> String {
        match self {
            Self::PasswordChanged => "the password of your account was changed.".into(),
            Self::AddressAsked { new } => format!(
                "{} was given as the new address of your account. It counts as soon as it is confirmed; until then nothing changes.",
                mask_email(new)
            ),
            Self::AddressChanged { new, .. } => format!(
                "the address of your account is {} now. Mails no longer come here, and this address no longer signs in.",
                mask_email(new)
            ),
            Self::SecondFactorOn => "a second factor was set up for your account.".into(),
            Self::SecondFactorOff => "the second factor of your account was removed.".into(),
            Self::NewRecoveryCodes => {
                "new recovery codes were made for your account. The old ones no longer work.".into()
            }
            Self::RoleChanged { role } => format!("your role is {} now.", role.label()),
            Self::NewBrowser { user_agent } => {
                let browser: String = user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
                let browser = if browser.is_empty() { "a browser that says nothing of itself".into() } else { browser };
                format!("somebody signed in to your account with a browser that was not known before:\n{browser}")
            }
        }
    }
}

/// Puts a mail to a person into the outbox, in the transaction of what it tells of.
///
/// # Errors
/// When the database says no.
pub async fn notice(connection: &mut PgConnection, user_id: Uuid, what: Notice<'_>) -> Result<(), Stop> {
    let to = sqlx::query!(
        "SELECT u.email, u.first_name, p.company FROM users u CROSS JOIN shop_settings p WHERE u.id = $1",
        user_id
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(to) = to else { return Ok(()) };
    let body = format!(
        "Hello {},\n\n{}\n\nIf it was you, or you know of it, there is nothing to do. If not: choose a new password at once \
         (“Forgot your password?” where you sign in), then tell an administrator.\n\nTechAlly Admin, {}\n",
        to.first_name,
        what.words(),
        to.company
    );
    let recipient = match what {
        Notice::AddressChanged { old, .. } => old,
        _ => &to.email,
    };
    let mail = Mail {
        kind: "notice",
        // each is a mail of its own
        key: &format!("notice:{}", Uuid::new_v4()),
        order_id: None,
        link_id: None,
        recipient,
        subject: what.subject(),
        body: &body,
        requested_by: None,
    };
    mail::enqueue(connection, mail).await?;
    Ok(())
}
