//! How often a password may be tried: by network, by account and network, by account.
//!
//! A stranger can slow down an account only from their own network; a browser that a person signed in with before is
//! counted by itself, so it gets in whatever strangers do. Unknown addresses are counted like known ones.

use crate::server::{
    hex::hex,
    limits::{Rule, Ticket, TooMany},
    state::AppState,
};
use std::time::Duration;

/// Failures from one network, or one known browser, in [`WINDOW`].
const OF_A_NETWORK: usize = 20;
/// Failures on one account from everywhere in [`WINDOW`]; only browsers that aren't known wait then.
const OF_AN_ACCOUNT: usize = 100;
/// Failures on one account from one network before the wait begins to grow.
const FREE: usize = 5;
/// What is counted together.
const WINDOW: Duration = Duration::from_mins(5);
/// How long failures on one account from one network make the wait longer.
const MEMORY: Duration = Duration::from_hours(1);

/// The counters that an attempt belongs to.
#[derive(Debug)]
pub struct Counters {
    rules: Vec<Rule>,
    /// What a success wipes out.
    own: Rule,
}

impl Counters {
    /// Of an attempt on an account. `device` is the hash of a browser that is known for it.
    #[must_use]
    pub fn of(email: &str, network: &str, device: Option<&[u8]>) -> Self {
        if let Some(device) = device {
            let own = Rule::at_most(OF_A_NETWORK, WINDOW, "device", &hex(device));
            return Self { rules: vec![own.clone()], own };
        }
        let own = Rule::at_most(usize::MAX, MEMORY, "account and network", &format!("{email}\0{network}"))
            .with_growing_delay(FREE);
        let network = Rule::at_most(OF_A_NETWORK, WINDOW, "network", network);
        let account = Rule::at_most(OF_AN_ACCOUNT, WINDOW, "account", email);
        Self { rules: vec![network, own.clone(), account], own }
    }

    /// Counts an attempt before its password is looked at.
    ///
    /// # Errors
    /// How long to wait.
    pub async fn begin(&self, state: &AppState) -> Result<Ticket, TooMany> {
        state.limits.take(state.redis.as_ref(), state.clock.millis(), &self.rules).await
    }

    /// The attempt succeeded: it doesn't count, and the wait of this person here is over.
    pub async fn succeeded(&self, state: &AppState, ticket: Ticket) {
        state.limits.give_back(state.redis.as_ref(), ticket).await;
        state.limits.forget(state.redis.as_ref(), &self.own).await;
    }

    /// The attempt was cut short by us: it doesn't count.
    pub async fn cancelled(&self, state: &AppState, ticket: Ticket) {
        state.limits.give_back(state.redis.as_ref(), ticket).await;
    }
}

/// A wait in words: “8 seconds”, “4 minutes”.
#[must_use]
pub fn wait_in_words(too_many: TooMany) -> String {
    match too_many.seconds() {
        1 => "1 second".into(),
        seconds if seconds < 90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
