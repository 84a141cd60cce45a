//! Answers kept for some seconds: what many requests ask for and nobody minds being a little late.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Most answers that are kept of a kind; with more, all are forgotten.
const MOST: usize = 1_000;

/// How many times longer than it took to make an answer is kept at least, whoever wants a newer one.
const WORTH: u32 = 50;

/// An answer, when it was made, and how long that took.
type Kept<V> = Arc<Mutex<Option<(Instant, Duration, V)>>>;

/// Answers by what was asked. Who asks while an answer is being made waits for it, instead of making another.
#[derive(Debug)]
pub struct Memo<K, V> {
    live: Duration,
    kept: Mutex<HashMap<K, Kept<V>>>,
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// One whose answers are good for so long.
    #[must_use]
    pub fn new(live: Duration) -> Self {
        Self { live, kept: Mutex::default() }
    }

    /// The kept answer, or a new one.
    ///
    /// # Errors
    /// When making it fails; nothing is kept then.
    pub async fn get<E>(&self, key: K, make: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        self.get_within(key, self.live, make).await
    }

    /// The kept answer if it is younger than `age`, or a new one. One that took long to make is kept for longer: those
    /// who want to know each change can't have the server do nothing else.
    ///
    /// # Errors
    /// When making it fails; nothing is kept then.
    pub async fn get_within<E>(&self, key: K, age: Duration, make: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let own = {
            let mut kept = self.kept.lock().await;
            if kept.len() >= MOST && !kept.contains_key(&key) {
                kept.clear();
            }
            Arc::clone(kept.entry(key).or_default())
        };
        let mut answer = own.lock().await;
        if let Some((at, took, value)) = &*answer
            && at.elapsed() < age.max(took.saturating_mul(WORTH).min(self.live))
        {
            return Ok(value.clone());
        }
        let began = Instant::now();
        let value = make.await?;
        *answer = Some((Instant::now(), began.elapsed(), value.clone()));
        Ok(value)
    }

    /// Forgets all: what the answers were made of has changed.
    pub async fn forget_all(&self) {
        self.kept.lock().await.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_live_for_a_while_and_failures_not_at_all() {
        let memo = Memo::new(Duration::from_mins(1));
        let make = async |memo: &Memo<u8, u8>, value: Result<u8, ()>| memo.get(1, async { value }).await;
        assert_eq!(make(&memo, Err(())).await, Err(()));
        assert_eq!(make(&memo, Ok(1)).await, Ok(1));
        assert_eq!(make(&memo, Ok(2)).await, Ok(1));
        memo.forget_all().await;
        assert_eq!(make(&memo, Ok(3)).await, Ok(3));
        let short = Memo::new(Duration::ZERO);
        assert_eq!(make(&short, Ok(1)).await, Ok(1));
        assert_eq!(make(&short, Ok(2)).await, Ok(2));
    }

    #[tokio::test]
    async fn a_newer_answer_is_made_for_who_wants_one_unless_it_takes_long() {
        let memo = Memo::new(Duration::from_mins(1));
        let make = async |memo: &Memo<u8, u8>, value: u8, took: u64| {
            let made = async {
                tokio::time::sleep(Duration::from_millis(took)).await;
                Ok::<_, ()>(value)
            };
            memo.get_within(1, Duration::ZERO, made).await
        };
        assert_eq!(make(&memo, 1, 0).await, Ok(1));
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(make(&memo, 2, 200).await, Ok(2));
        assert_eq!(make(&memo, 3, 0).await, Ok(2), "for ten seconds: it took a fifth of one");
        assert_eq!(memo.get(1, async { Ok::<_, ()>(4) }).await, Ok(2));
    }

    #[tokio::test]
    async fn one_answer_is_made_for_all_who_ask_at_once() {
        let memo = Memo::new(Duration::from_mins(1));
        let made = std::sync::atomic::AtomicU32::new(0);
        let ask = || {
            memo.get((), async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok::<_, ()>(made.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
            })
        };
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Ok(0), Ok(0), Ok(0)));
    }

    #[tokio::test]
    async fn more_than_most_are_forgotten() {
        let memo = Memo::new(Duration::from_mins(1));
        for key in 0..=MOST {
            assert_eq!(memo.get(key, async { Ok::<_, ()>(key) }).await, Ok(key));
        }
        assert_eq!(memo.kept.lock().await.len(), 1);
    }
}
