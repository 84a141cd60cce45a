//! How often a thing may be tried: counted in Redis, so that all instances count together, and in this process
//! as well, so that there is a limit when Redis is away.
//!
//! A try is counted before it begins and given back when it succeeds: a hundred at once don't slip through.

use super::{
    hex::hex,
    redis::{PREFIX, Redis},
};
use ::redis::cmd;
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Longest wait between two tries that a growing delay reaches.
const LONGEST_DELAY_MS: i64 = 60_000;
/// Keys in this process at which old ones are thrown out.
const MANY_KEYS: usize = 50_000;

/// What is counted, and how much of it is too much.
#[derive(Clone, Debug)]
pub struct Rule {
    key: String,
    most: usize,
    within: Duration,
    grows_after: Option<usize>,
}

impl Rule {
    /// At most `most` tries within a time. `kind` and `whom` are stored as a hash only.
    #[must_use]
    pub fn at_most(most: usize, within: Duration, kind: &str, whom: &str) -> Self {
        let digest = Sha256::digest(format!("{kind}\0{whom}"));
        let key = format!("{PREFIX}limit:{}", hex(&digest));
        Self { key, most, within, grows_after: None }
    }

    /// After so many tries each next one waits longer since the one before: 1, 2, 4 … 60 seconds.
    #[must_use]
    pub fn with_growing_delay(mut self, after: usize) -> Self {
        self.grows_after = Some(after);
        self
    }
}

/// A try that was counted.
#[derive(Debug)]
pub struct Ticket {
    member: u64,
    keys: Vec<String>,
}

/// Too many: how long until the next try can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// The wait, at least a second.
    pub wait: Duration,
}

impl TooMany {
    fn millis(wait: i64) -> Self {
        Self { wait: Duration::from_millis(u64::try_from(wait).unwrap_or(0).max(1_000)) }
    }

    /// For `Retry-After`.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)
    }
}

/// Tries by key: when, and which.
type Tries = HashMap<String, VecDeque<(i64, u64)>>;

/// The counters of this process.
#[derive(Debug, Default)]
pub struct Limits {
    tries: Mutex<Tries>,
}

/// The same as [`take_here`], in Redis: one step, whoever else counts.
const TAKE: &str = r"
local now, within, most, grows = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - within)
local n = redis.call('ZCARD', KEYS[1])
if n >= most then
  local oldest = redis.call('ZRANGE', KEYS[1], n - most, n - most, 'WITHSCORES')
  return tonumber(oldest[2]) + within - now
end
if grows >= 0 and n >= grows then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  local wait = tonumber(last[2]) + math.min(tonumber(ARGV[6]), 1000 * 2 ^ (n - grows)) - now
  if wait > 0 then return wait end
end
redis.call('ZADD', KEYS[1], now, ARGV[5])
redis.call('PEXPIRE', KEYS[1], within)
return 0";

impl Limits {
    /// Counts a try under all rules, or under none when one of them says no.
    ///
    /// # Errors
    /// How long to wait.
    pub async fn take(&self, redis: Option<&Redis>, now_ms: i64, rules: &[Rule]) -> Result<Ticket, TooMany> {
        let mut ticket = Ticket { member: fastrand::u64(..), keys: Vec::with_capacity(rules.len()) };
        for rule in rules {
            let here = self.with(|tries| take_here(tries, rule, now_ms, ticket.member));
            let there = match redis {
                Some(redis) if here.is_ok() => take_there(redis, rule, now_ms, ticket.member).await,
                _ => Ok(()),
            };
            if let Err(too_many) = here.and(there) {
                ticket.keys.push(rule.key.clone());
                self.give_back(redis, ticket).await;
                return Err(too_many);
            }
            ticket.keys.push(rule.key.clone());
        }
        Ok(ticket)
    }

    /// Takes a try back: it doesn't count.
    pub async fn give_back(&self, redis: Option<&Redis>, ticket: Ticket) {
        self.with(|tries| {
            for key in &ticket.keys {
                if let Some(list) = tries.get_mut(key) {
                    list.retain(|(_, member)| *member != ticket.member);
                }
            }
        });
        if let Some(redis) = redis {
            for key in &ticket.keys {
                // when Redis is away the try counts until its time is over
                let _: Result<i64, _> = redis.run(cmd("ZREM").arg(key).arg(ticket.member)).await;
            }
        }
    }

    /// Forgets all tries under a rule.
    pub async fn forget(&self, redis: Option<&Redis>, rule: &Rule) {
        self.with(|tries| tries.remove(&rule.key));
        if let Some(redis) = redis {
            let _: Result<i64, _> = redis.run(cmd("DEL").arg(&rule.key)).await;
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Tries) -> T) -> T {
        work(&mut self.tries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn take_here(tries: &mut Tries, rule: &Rule, now: i64, member: u64) -> Result<(), TooMany> {
    if tries.len() >= MANY_KEYS && !tries.contains_key(&rule.key) {
        make_room(tries, now);
    }
    let within = millis(rule.within);
    let list = tries.entry(rule.key.clone()).or_default();
    while list.front().is_some_and(|(at, _)| *at <= now - within) {
        list.pop_front();
    }
    let count = list.len();
    if let Some((oldest, _)) = count.checked_sub(rule.most).and_then(|index| list.get(index)) {
        return Err(TooMany::millis(oldest + within - now));
    }
    if let (Some(after), Some((last, _))) = (rule.grows_after, list.back())
        && count >= after
    {
        let doublings = u32::try_from(count - after).unwrap_or(u32::MAX).min(16);
        let wait = last + (1_000_i64 << doublings).min(LONGEST_DELAY_MS) - now;
        if wait > 0 {
            return Err(TooMany::millis(wait));
        }
    }
    list.push_back((now, member));
    Ok(())
}

/// Throws out what is an hour old; if that isn't enough, everything: memory has an end, and Redis still counts.
fn make_room(tries: &mut Tries, now: i64) {
    tries.retain(|_, list| list.back().is_some_and(|(at, _)| *at > now - 3_600_000));
    if tries.len() >= MANY_KEYS {
        tries.clear();
    }
}

async fn take_there(redis: &Redis, rule: &Rule, now: i64, member: u64) -> Result<(), TooMany> {
    let grows = rule.grows_after.map_or(-1, |after| i64::try_from(after).unwrap_or(i64::MAX));
    let mut command = cmd("EVAL");
    command.arg(TAKE).arg(1).arg(&rule.key).arg(now).arg(millis(rule.within));
    command.arg(rule.most).arg(grows).arg(member).arg(LONGEST_DELAY_MS);
    match redis.run::<i64>(&command).await {
        Ok(wait) if wait > 0 => Err(TooMany::millis(wait)),
        // away: this process has counted
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    #[tokio::test]
    async fn the_21st_try_waits_until_the_first_is_five_minutes_old() {
        let limits = Limits::default();
        let rules = [Rule::at_most(20, Duration::from_mins(5), "network", "203.0.113.7")];
        for n in 0..20 {
            assert!(limits.take(None, NOW + n * 1_000, &rules).await.is_ok(), "{n}");
        }
        let too_many = limits.take(None, NOW + 20_000, &rules).await.unwrap_err();
        assert_eq!(too_many.seconds(), 280);
        assert!(limits.take(None, NOW + 300_000, &rules).await.is_ok(), "the first one is forgotten");
        assert!(limits.take(None, NOW + 300_000, &rules).await.is_err(), "the second is not");
        let other = [Rule::at_most(20, Duration::from_mins(5), "network", "203.0.113.8")];
        assert!(limits.take(None, NOW, &other).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_given_back_does_not_count_and_a_refusal_counts_nowhere() {
        let limits = Limits::default();
        let wide = Rule::at_most(100, Duration::from_mins(5), "account", "a");
        let narrow = Rule::at_most(1, Duration::from_mins(5), "network", "n");
        for _ in 0..10 {
            let ticket = limits.take(None, NOW, std::slice::from_ref(&narrow)).await.unwrap();
            limits.give_back(None, ticket).await;
        }
        limits.take(None, NOW, std::slice::from_ref(&narrow)).await.unwrap();
        for _ in 0..10 {
            assert!(limits.take(None, NOW, &[wide.clone(), narrow.clone()]).await.is_err());
        }
        assert!(limits.with(|tries| tries[&wide.key].is_empty()));
    }

    #[tokio::test]
    async fn delays_grow_to_a_minute_and_no_further() {
        let limits = Limits::default();
        let rules = [Rule::at_most(1_000, Duration::from_hours(1), "account", "a").with_growing_delay(5)];
        let (mut now, mut waits) = (NOW, Vec::new());
        for _ in 0..16 {
            while let Err(too_many) = limits.take(None, now, &rules).await {
                waits.push(too_many.seconds());
                now += millis(too_many.wait);
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    }

    #[tokio::test]
    async fn memory_has_an_end() {
        let limits = Limits::default();
        for n in 0..MANY_KEYS + 10 {
            let rule = Rule::at_most(20, Duration::from_mins(5), "network", &n.to_string());
            limits.take(None, NOW, &[rule]).await.unwrap();
        }
        assert!(limits.with(|tries| tries.len()) <= MANY_KEYS);
    }
}
