//! Bulk acts on users: one act on many. What all lists have of it is in `list/bulk`.
//!
//! Files: `form` the acts and what the person chose · `preview` which can't, what changes · `row` one user of the job.

pub mod form;
mod preview;
mod row;

use super::model::Status;
use crate::{
    auth::model::Right,
    forms::Refusal,
    jobs::{
        kind::{Job, Step},
        rows,
        run::Run,
    },
    server::db::Stop,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is done with each user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Bulk {
    /// Kept out, or let in again.
    Standing {
        /// Suspended or active.
        to: Status,
        /// Why.
        reason: String,
    },
    /// Tags are put on and taken off.
    Tags {
        /// Those that are put on.
        add: Vec<String>,
        /// Those that are taken off.
        remove: Vec<String>,
    },
    /// What another bulk act did is set back.
    Revert {
        /// `jobs.id` of that.
        job: Uuid,
        /// Whether it decides who is kept out.
        of_standing: bool,
    },
}

impl Bulk {
    /// The reason that the record has.
    fn reason(&self) -> String {
        match self {
            Self::Standing { reason, .. } => reason.clone(),
            Self::Revert { .. } => "Set back".into(),
            Self::Tags { .. } => String::new(),
        }
    }
}

impl Job for Bulk {
    const KIND: &'static str = "users.bulk";
    const SUBJECTS: &'static str = "/users/";

    fn reverse(&self, job: Uuid) -> Option<Self> {
        match self {
            Self::Standing { .. } => Some(Self::Revert { job, of_standing: true }),
            Self::Tags { .. } => Some(Self::Revert { job, of_standing: false }),
            Self::Revert { .. } => None,
        }
    }

    fn is_destructive(&self) -> bool {
        matches!(self, Self::Standing { .. } | Self::Revert { of_standing: true, .. })
    }

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let me = run.owner().await?.me;
        if !me.may(Right::EditUsers) {
            return Err(Refusal::input("Who asked for it may no longer do this.").into());
        }
        let act = self.clone();
        rows::each(run, &self.reason(), move |connection, one| {
            let act = act.clone();
            Box::pin(async move { row::act(connection, &act, one.subject).await })
        })
        .await
    }
}
