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

/// An answer, and when it was made.
type Kept<V> = Arc<Mutex<Option<(Instant, V)>>>;

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
        let own = {
            let mut kept = self.kept.lock().await;
            if kept.len() >= MOST && !kept.contains_key(&key) {
                kept.clear();
            }
            Arc::clone(kept.entry(key).or_default())
        };
        let mut answer = own.lock().await;
        if let Some((at, value)) = &*answer
            && at.elapsed() < self.live
        {
            return Ok(value.clone());
        }
        let value = make.await?;
        *answer = Some((Instant::now(), value.clone()));
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
