//! What a kind is given while it runs: who asked, and the one way to write.

use super::queue::{Forward, Taken, forward};
use crate::{
    auth::{guard::Ctx, store::person},
    server::{
        db::{Actor, Stop, Work, transact},
        state::AppState,
    },
};
use serde_json::Value as Json;
use sqlx::PgConnection;
use std::time::{Duration, Instant};

/// How long it is believed that who asked may still do what was asked for.
const BELIEVED: Duration = Duration::from_secs(5);

/// A job that runs here.
pub struct Run {
    /// The application.
    pub state: AppState,
    /// The job, and this runner's number.
    pub taken: Taken,
    /// How long the lease is.
    pub lease: Duration,
    /// A stop was asked for: to be looked at between rows.
    pub stop_asked: bool,
    owner: Option<Ctx>,
    asked_at: Option<Instant>,
}

impl Run {
    /// A job that was just taken.
    #[must_use]
    pub const fn new(state: AppState, taken: Taken, lease: Duration) -> Self {
        Self { state, taken, lease, stop_asked: false, owner: None, asked_at: None }
    }

    /// Who asked, with the role of now.
    ///
    /// # Errors
    /// Refused when that person may no longer sign in, or the job is the system's own.
    pub async fn owner(&mut self) -> Result<Ctx, Stop> {
        if self.asked_at.is_none_or(|at| at.elapsed() > BELIEVED) {
            self.owner = match self.taken.owner {
                Some(id) => person(&self.state.db, id).await?.map(|me| Ctx {
                    state: self.state.clone(),
                    me,
                    request_id: self.request_id(),
                    proved_at: None,
                }),
                None => None,
            };
            self.asked_at = Some(Instant::now());
        }
        self.owner.clone().ok_or(Stop::Gone)
    }

    /// What the audit trail has as the request of this job's writes.
    #[must_use]
    pub fn request_id(&self) -> String {
        format!("job:{}", self.taken.id)
    }

    /// The actor of this job's writes: who asked, or the system.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self.taken.owner {
            Some(owner) => {
                Actor { user_id: Some(owner), kind: "staff", request_id: self.request_id(), reason: String::new() }
            }
            None => Actor::system(&self.request_id(), ""),
        }
    }

    /// Writes in one transaction that is rolled back when the lease is lost. `work` gives its value and what it moves
    /// forward.
    ///
    /// # Errors
    /// What `work` stopped with, [`Stop::Lost`], or the database.
    pub async fn write<T, F>(&mut self, actor: Actor, work: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, (T, Forward)> + Send + 'static,
    {
        let (key, lease) = ((self.taken.id, self.taken.fence), self.lease);
        let (value, place, stop_asked) = transact(&self.state.db, actor, move |connection| {
            Box::pin(async move {
                let (value, moved) = work(&mut *connection).await?;
                let place = moved.place.clone();
                let stop_asked = forward(connection, key, lease, moved).await?;
                Ok((value, place, stop_asked))
            })
        })
        .await?;
        self.stop_asked |= stop_asked;
        self.taken.attempts = 0;
        if place.is_some() {
            self.taken.place = place;
        }
        Ok(value)
    }

    /// Where to go on, as the last write left it.
    #[must_use]
    pub const fn place(&self) -> Option<&Json> {
        self.taken.place.as_ref()
    }

    /// Whether to end between two rows: a person or the server's end asked for it.
    #[must_use]
    pub fn should_end(&self) -> bool {
        self.stop_asked || self.state.draining.load(std::sync::atomic::Ordering::Relaxed)
    }
}
