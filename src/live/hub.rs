//! The server's ear: hears what PostgreSQL tells, remembers who looks at what, and tells its streams.

use super::GONE;
use crate::{auth::guard::Ctx, error::AppError};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgListener;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::broadcast;
use uuid::Uuid;

/// The channel of `0023_live.sql`.
const CHANNEL: &str = "techally_live";
/// Hints that a slow stream may be behind; it loses older ones.
const BEHIND: usize = 256;
/// Pause before the database is tried again.
const PAUSE: Duration = Duration::from_secs(2);
/// Most orders whose visitors are remembered.
const MOST: usize = 10_000;

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// An order changed, by whom; nobody for the system.
    Order(Uuid, Option<Uuid>),
    /// An order was placed, by whom.
    New(Uuid, Option<Uuid>),
    /// Somebody wrote about an order: its page shows more, a list the same as before.
    Note(Uuid, Option<Uuid>),
    /// A person's inbox.
    Inbox(Uuid),
}

/// Somebody who looks at an order.
#[derive(Clone, Debug)]
struct Visitor {
    id: Uuid,
    name: String,
    seen: Instant,
}

/// Who is where, and whom to tell.
#[derive(Debug)]
pub struct Hub {
    hints: broadcast::Sender<Hint>,
    visitors: Mutex<HashMap<Uuid, Vec<Visitor>>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { hints: broadcast::channel(BEHIND).0, visitors: Mutex::default() }
    }
}

impl Hub {
    /// The hints from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Hint> {
        self.hints.subscribe()
    }

    /// Takes in what PostgreSQL told; what can't be read is of another version and nothing to us.
    fn hear(&self, payload: &str) {
        let mut words = payload.splitn(4, ' ');
        let (kind, id, by) = (words.next(), words.next(), words.next());
        let Some(id) = id.and_then(|id| id.parse::<Uuid>().ok()) else { return };
        let by = by.and_then(|by| by.parse::<Uuid>().ok());
        match (kind, by) {
            (Some("order"), by) => {
                let hint = match words.next() {
                    Some("new") => Hint::New(id, by),
                    Some("note") => Hint::Note(id, by),
                    _ => Hint::Order(id, by),
                };
                drop(self.hints.send(hint));
            }
            (Some("inbox"), _) => drop(self.hints.send(Hint::Inbox(id))),
            (Some("here"), Some(by)) => self.note(id, by, words.next().unwrap_or_default(), Instant::now()),
            _ => {}
        }
    }

    fn note(&self, order: Uuid, id: Uuid, name: &str, now: Instant) {
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        if visitors.len() >= MOST {
            visitors.retain(|_, all| all.iter().any(|one| is_here(one, now)));
        }
        let all = visitors.entry(order).or_default();
        all.retain(|one| one.id != id && is_here(one, now));
        all.push(Visitor { id, name: name.to_owned(), seen: now });
    }

    /// The others who look at an order, by name.
    fn others(&self, order: Uuid, me: Uuid) -> Vec<String> {
        let now = Instant::now();
        let visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        let all = visitors.get(&order).map(Vec::as_slice).unwrap_or_default();
        let mut names: Vec<String> =
            all.iter().filter(|one| one.id != me && is_here(one, now)).map(|one| one.name.clone()).collect();
        names.sort();
        names
    }
}

fn is_here(visitor: &Visitor, now: Instant) -> bool {
    now.duration_since(visitor.seen) < Duration::from_secs(GONE)
}

/// Listens for as long as the server runs, on a connection of its own.
pub async fn run(hub: Arc<Hub>, database: SecretString) {
    loop {
        let ended = async {
            let mut listener = PgListener::connect(database.expose_secret()).await?;
            listener.listen(CHANNEL).await?;
            loop {
                let told = listener.recv().await?;
                hub.hear(told.payload());
            }
            #[expect(unreachable_code, reason = "names the type of the block")]
            Ok::<(), sqlx::Error>(())
        };
        if let Err(error) = ended.await {
            tracing::warn!(cause = %crate::server::db::describe(&error), "pages aren't told of changes just now");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Tells all servers that a person looks at an order; the names of the others whom this one knows of.
///
/// # Errors
/// When the database says no.
pub async fn here(ctx: &Ctx, order: Uuid) -> Result<Vec<String>, AppError> {
    let payload = format!("here {order} {} {}", ctx.me.id, ctx.me.name);
    sqlx::query!("SELECT pg_notify($1, $2)::text AS done", CHANNEL, payload).fetch_one(&ctx.state.db).await?;
    Ok(ctx.state.hub.others(order, ctx.me.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_are_known_until_they_are_gone() {
        let hub = Hub::default();
        let [order, sam, ida] = [1, 2, 3].map(Uuid::from_u128);
        hub.hear(&format!("here {order} {sam} Sam van der Berg"));
        hub.hear(&format!("here {order} {sam} Sam van der Berg"));
        assert_eq!(hub.others(order, ida), ["Sam van der Berg"]);
        assert_eq!(hub.others(order, sam), Vec::<String>::new(), "not oneself");
        if let Some(long_ago) = Instant::now().checked_sub(Duration::from_secs(GONE + 1)) {
            hub.note(order, sam, "Sam", long_ago);
            assert_eq!(hub.others(order, ida), Vec::<String>::new());
        }
    }

    #[test]
    fn hints_are_read_and_nonsense_is_left() {
        let hub = Hub::default();
        let mut hints = hub.listen();
        let [order, sam] = [1, 2].map(Uuid::from_u128);
        for payload in [
            "",
            "order",
            "order x y",
            "weather 1",
            &format!("order {order} -"),
            &format!("order {order} {sam}"),
            &format!("order {order} {sam} new"),
            &format!("order {order} {sam} note"),
            &format!("order {order} {sam} of a later version"),
        ] {
            hub.hear(payload);
        }
        assert_eq!(hints.try_recv(), Ok(Hint::Order(order, None)));
        assert_eq!(hints.try_recv(), Ok(Hint::Order(order, Some(sam))));
        assert_eq!(hints.try_recv(), Ok(Hint::New(order, Some(sam))));
        assert_eq!(hints.try_recv(), Ok(Hint::Note(order, Some(sam))));
        assert_eq!(hints.try_recv(), Ok(Hint::Order(order, Some(sam))));
        assert!(hints.try_recv().is_err());
    }
}
