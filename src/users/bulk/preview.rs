//! Which users can't, and what a bulk act changes.

use super::Bulk;
use crate::{
    auth::model::Me,
    error::AppError,
    jobs::queue::NewRow,
    list::{
        bulk::preview::{self, some, tag_effects, why_not_tags},
        counts,
    },
    server::db::Stop,
    users::{
        list::{statements::bulk_statement, store::Ask},
        model::Status,
        standing::{role_of, status_of, why_not},
    },
};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// A user as a preview needs it.
#[derive(Clone, Debug, FromRow)]
pub struct Candidate {
    id: Uuid,
    name: String,
    role: String,
    status: String,
    tags: Vec<String>,
}

impl preview::Bulk for Bulk {
    type List = Ask;
    type Candidate = Candidate;

    fn statement(ask: &Ask, most: usize) -> QueryBuilder<Postgres> {
        bulk_statement(ask, most)
    }

    fn row(&self, _: &Me, user: &Candidate) -> Result<NewRow, AppError> {
        let (role, status) = (role_of(&user.role)?, status_of(&user.status)?);
        let why_not = match self {
            Self::Standing { to, .. } => why_not(role, status, *to),
            Self::Tags { .. } if status == Status::Deleted => Some("The account is deleted.".into()),
            Self::Tags { add, remove } => why_not_tags(&user.tags, add, remove),
            Self::Revert { .. } => None,
        };
        Ok(NewRow { subject: user.id, label: user.name.clone(), why_not })
    }

    fn title(&self) -> String {
        match self {
            Self::Standing { to: Status::Suspended, .. } => "Suspend users".into(),
            Self::Standing { .. } => "Reactivate users".into(),
            Self::Tags { .. } => "Change tags of users".into(),
            Self::Revert { .. } => "Set back a change of users".into(),
        }
    }

    async fn effects(&self, connection: &mut PgConnection, able: &[&Candidate]) -> Result<Vec<String>, Stop> {
        let count = some::<Ask>(able.len());
        Ok(match self {
            Self::Standing { to: Status::Suspended, reason } => {
                let ids: Vec<Uuid> = able.iter().map(|user| user.id).collect();
                let sessions = sqlx::query_scalar!(
                    r#"SELECT count(*) AS "count!" FROM user_sessions
                       WHERE user_id = ANY ($1) AND revoked_at IS NULL AND expires_at > now()"#,
                    &ids
                )
                .fetch_one(connection)
                .await?;
                let sessions = counts::of(sessions, ("open session", "open sessions"));
                vec![
                    format!("{count} can’t sign in to the shop until somebody reactivates them."),
                    format!("{sessions} of theirs end at once. Orders that were placed stay as they are."),
                    format!("Each has the reason “{reason}”."),
                    "It can be set back for a day.".into(),
                ]
            }
            Self::Standing { reason, .. } => vec![
                format!("{count} can sign in to the shop again, with the password of before."),
                format!("Each has the reason “{reason}”."),
                "It can be set back for a day.".into(),
            ],
            Self::Tags { add, remove } => tag_effects(&count, add, remove),
            Self::Revert { .. } => Vec::new(),
        })
    }
}
