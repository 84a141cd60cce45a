//! Bulk acts on orders: one act on many. A *preview* fixes which orders and says what will change and which can't; run, it is
//! a job that does row by row what the single act does, by the same code.
//!
//! Files: `preview` which can't, what changes · `row` one order of the job · `form` the acts and what the person chose.
//! What all lists have of it is in `list/bulk`.

pub mod form;
pub mod preview;
mod row;

use super::{model::Status, moves::ends_it};
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

/// Up to so many orders the colleague who gets them finds each in the inbox; with more only in the list.
const TOLD: i32 = 20;

/// What is done with each order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Bulk {
    /// Moved along.
    Move {
        /// Where to.
        to: Status,
        /// Why; for some moves it is needed.
        reason: String,
    },
    /// A note is added.
    Note {
        /// What it says.
        text: String,
    },
    /// Tags are put on and taken off.
    Tags {
        /// Those that are put on.
        add: Vec<String>,
        /// Those that are taken off.
        remove: Vec<String>,
    },
    /// Given to a colleague, or to nobody.
    Assign {
        /// `users.id`.
        to: Option<Uuid>,
        /// The colleague's name.
        name: String,
    },
    /// What another bulk act did is set back.
    Revert {
        /// `jobs.id` of that.
        job: Uuid,
    },
}

impl Bulk {
    /// The targets that need nothing of each order by itself: a parcel, a transfer's reference, what came back.
    pub const TARGETS: [Status; 6] =
        [Status::Confirmed, Status::Preparing, Status::Delivered, Status::Completed, Status::Cancelled, Status::Failed];

    /// The right that it asks for; which move is open to whom is asked row by row.
    #[must_use]
    pub const fn right(&self) -> Right {
        match self {
            Self::Move { .. } => Right::MoveOrders,
            Self::Note { .. } | Self::Tags { .. } | Self::Assign { .. } | Self::Revert { .. } => Right::NoteOrders,
        }
    }

    /// The reason that history and audit have.
    fn reason(&self) -> String {
        match self {
            Self::Move { reason, .. } => reason.clone(),
            Self::Revert { .. } => "Set back".into(),
            Self::Note { .. } | Self::Tags { .. } | Self::Assign { .. } => String::new(),
        }
    }
}

impl Job for Bulk {
    const KIND: &'static str = "orders.bulk";
    const SUBJECTS: &'static str = "/orders/";

    fn reverse(&self, job: Uuid) -> Option<Self> {
        match self {
            Self::Note { .. } | Self::Tags { .. } | Self::Assign { .. } => Some(Self::Revert { job }),
            Self::Move { .. } | Self::Revert { .. } => None,
        }
    }

    fn is_destructive(&self) -> bool {
        matches!(self, Self::Move { to, .. } if ends_it(*to))
    }

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let me = run.owner().await?.me;
        if !me.may(self.right()) {
            return Err(Refusal::input("Who asked for it may no longer do this.").into());
        }
        let (act, tells) = (self.clone(), run.taken.total <= TOLD);
        rows::each(run, &self.reason(), move |connection, one| {
            let (act, me) = (act.clone(), me.clone());
            Box::pin(async move { row::act(connection, &act, &me, one.subject, tells).await })
        })
        .await
    }
}
