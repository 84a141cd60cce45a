//! The times that ids of version 7 have in them, and those between which a trail can have something of a row.
//!
//! Both ends are given to statements as values: the planner then leaves out the months before and those to come. With one
//! end open, or reckoned in the statement (`now()`, `uuid_v7_time($1) - interval …`), it plans for all of them, which takes
//! longer than everything else about such a statement.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The time in a `UUIDv7`.
#[must_use]
pub fn time_of(id: Uuid) -> Option<OffsetDateTime> {
    let millis = id.as_u128() >> 80;
    OffsetDateTime::from_unix_timestamp_nanos(i128::try_from(millis).ok()?.checked_mul(1_000_000)?).ok()
}

/// What no entry of a trail is later than.
#[must_use]
pub fn horizon() -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::DAY
}

/// From when to when a trail can have something of a row: a day before its id was made, to the [`horizon`].
#[must_use]
pub fn life_of(id: Uuid) -> (OffsetDateTime, OffsetDateTime) {
    (time_of(id).unwrap_or(OffsetDateTime::UNIX_EPOCH) - Duration::DAY, horizon())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_id_is_read_from_its_first_48_bits() {
        let id = Uuid::parse_str("0192f3a4-5b6c-7000-8000-000000000000").unwrap();
        assert_eq!(time_of(id).unwrap().unix_timestamp_nanos() / 1_000_000, 0x0192_f3a4_5b6c);
        assert_eq!(life_of(id).0, time_of(id).unwrap() - Duration::DAY);
        // any id that somebody sends
        assert!(life_of(Uuid::max()).0 < horizon() && life_of(Uuid::nil()).0 < horizon());
    }
}
