//! Kinds that come by themselves. Their times are read on the shop's clock on the wall, not in UTC: a time that a change to
//! summer time skips comes right after the gap, and one that comes twice in autumn is meant once.

use super::{
    kind::{KINDS, Kind},
    queue::{New, put},
};
use crate::{
    server::db::{Actor, Stop, transact},
    stamp::Zone,
};
use cronexpr::{Crontab, MakeTimestamp};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

/// Times that were missed and are looked for: those of a year, each minute.
const MOST_MISSED: usize = 600_000;

/// The times of cron words, on a clock without a zone.
///
/// # Errors
/// When the words are none.
pub fn times(words: &str) -> Result<Crontab, cronexpr::Error> {
    // the clock on the wall is read as if it were UTC's, which never jumps
    cronexpr::parse_crontab(&format!("{words} UTC"))
}

/// The last time that is due: after `last`, and not after `now`.
#[must_use]
pub fn due(times: &Crontab, last: PrimitiveDateTime, now: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
    let mut found = None;
    let mut at = last;
    for _ in 0..MOST_MISSED {
        let next = times.find_next(timestamp(at)?).ok()?.timestamp().as_second();
        let next = OffsetDateTime::from_unix_timestamp(next).ok()?;
        at = PrimitiveDateTime::new(next.date(), next.time());
        if at > now {
            break;
        }
        found = Some(at);
    }
    found
}

fn timestamp(at: PrimitiveDateTime) -> Option<MakeTimestamp> {
    MakeTimestamp::from_second(at.assume_utc().unix_timestamp()).ok()
}

/// Puts in what is due at `now`; how many. However many instances ask, each time comes once, and of several that were missed
/// the last.
///
/// # Errors
/// When the database says no.
pub async fn put_due(db: &PgPool, zone: &Zone, now: OffsetDateTime) -> Result<i64, Stop> {
    let mut count = 0;
    for kind in KINDS.iter().filter(|kind| !kind.every.is_empty()) {
        count += i64::from(put_if_due(db, kind, zone.wall(now)).await?);
    }
    Ok(count)
}

async fn put_if_due(db: &PgPool, kind: &'static Kind, now: PrimitiveDateTime) -> Result<bool, Stop> {
    let last = sqlx::query_scalar!("SELECT planned_for FROM job_schedules WHERE kind = $1", kind.name)
        .fetch_optional(db)
        .await?;
    let Ok(times) = times(kind.every) else {
        tracing::error!(kind = kind.name, "these are no cron words");
        return Ok(false);
    };
    let Some(at) = due(&times, last.unwrap_or(now - Duration::MINUTE), now) else {
        if last.is_none() {
            // from now on
            sqlx::query!(
                "INSERT INTO job_schedules (kind, planned_for) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                kind.name,
                now
            )
            .execute(db)
            .await?;
        }
        return Ok(false);
    };
    transact(db, Actor::system("jobs:schedule", ""), move |connection| {
        Box::pin(async move {
            let is_first = sqlx::query!(
                "INSERT INTO job_schedules (kind, planned_for) VALUES ($1, $2)
                 ON CONFLICT (kind) DO UPDATE SET planned_for = $2 WHERE job_schedules.planned_for < $2",
                kind.name,
                at
            )
            .execute(&mut *connection)
            .await?
            .rows_affected()
                == 1;
            if !is_first {
                return Ok(false);
            }
            let new = New {
                kind: kind.name,
                title: format!("{}, {at}", kind.name),
                args: serde_json::json!({}),
                only_one: Some(kind.name.to_owned()),
                ..New::default()
            };
            let job = put(&mut *connection, new).await?;
            sqlx::query!("UPDATE job_schedules SET job_id = $2 WHERE kind = $1", kind.name, job)
                .execute(connection)
                .await?;
            Ok(job.is_some())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn due_at(words: &str, last: PrimitiveDateTime, now: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
        due(&times(words).expect("cron words"), last, now)
    }

    #[test]
    fn all_kinds_have_words_that_can_be_read() {
        for kind in KINDS.iter().filter(|kind| !kind.every.is_empty()) {
            assert!(times(kind.every).is_ok(), "{}", kind.name);
        }
        assert!(times("every night").is_err());
    }

    #[test]
    fn a_time_comes_once_and_of_missed_ones_the_last() {
        let last = datetime!(2026-11-20 03:17);
        assert_eq!(due_at("17 3 * * *", last, datetime!(2026-11-21 03:16:59)), None);
        assert_eq!(due_at("17 3 * * *", last, datetime!(2026-11-21 03:17)), Some(datetime!(2026-11-21 03:17)));
        assert_eq!(due_at("17 3 * * *", last, datetime!(2026-11-25 00:00)), Some(datetime!(2026-11-24 03:17)));
        assert_eq!(
            due_at("*/15 9-17 * * MON-FRI", last, datetime!(2026-11-22 12:00)),
            Some(datetime!(2026-11-20 17:45))
        );
    }

    #[test]
    fn a_skipped_hour_comes_after_the_gap_and_a_doubled_one_once() {
        let berlin = Zone::named("Europe/Berlin");
        let every = times("30 2 * * *").expect("cron words");
        let at = |time: OffsetDateTime, last| due(&every, last, berlin.wall(time));
        // 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC
        let last = datetime!(2026-03-28 02:30);
        assert_eq!(at(datetime!(2026-03-29 00:59:59 UTC), last), None);
        assert_eq!(at(datetime!(2026-03-29 01:00 UTC), last), Some(datetime!(2026-03-29 02:30)));
        // 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC
        let last = datetime!(2026-10-24 02:30);
        assert_eq!(at(datetime!(2026-10-25 00:30 UTC), last), Some(datetime!(2026-10-25 02:30)));
        let last = datetime!(2026-10-25 02:30);
        for minute in 0..90 {
            assert_eq!(at(datetime!(2026-10-25 00:30 UTC) + Duration::minutes(minute), last), None, "{minute}");
        }
    }
}
