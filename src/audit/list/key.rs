//! Ids of rows of the list. A change has its time and number in one UUID, which no UUID of the other tables can be, so that
//! its month is known without looking.

use time::OffsetDateTime;
use uuid::Uuid;

/// The key of a change in SQL, for `audit_log l`.
pub const SQL: &str = "(lpad(to_hex((extract(epoch FROM l.occurred_at) * 1000000)::bigint), 16, '0') || lpad(to_hex(l.id), 16, '0'))::uuid";

/// Time and number of a change; nothing when the id is one of another table.
#[must_use]
pub fn change(id: Uuid) -> Option<(OffsetDateTime, i64)> {
    let (micros, number) = id.as_u64_pair();
    // UUIDs of other tables have their variant there, which is 8 to b
    let number = i64::try_from(number).ok()?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?;
    Some((at, number))
}

/// The id of a change.
#[must_use]
pub fn id(at: OffsetDateTime, number: i64) -> Uuid {
    let micros = u64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or_default();
    Uuid::from_u64_pair(micros, u64::try_from(number).unwrap_or_default())
}

/// The number that divides the changes of one moment into those before and behind a row of that moment with this id.
#[must_use]
pub fn number_at(at: OffsetDateTime, id: Uuid) -> i64 {
    if let Some((_, number)) = change(id) {
        return number;
    }
    let micros = u64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or_default();
    if micros < id.as_u64_pair().0 { i64::MAX } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_from_rows_of_other_tables() {
        let id = Uuid::from_u64_pair(1_795_000_000_123_456, 42);
        let (at, number) = change(id).expect("a change");
        assert_eq!((at.unix_timestamp_nanos(), number), (1_795_000_000_123_456_000, 42));
        assert_eq!((number_at(at, id), super::id(at, number)), (42, id));
        for _ in 0..100 {
            assert_eq!(change(Uuid::new_v4()), None);
        }
        assert_eq!(number_at(at, Uuid::from_u64_pair(u64::MAX, u64::MAX)), i64::MAX);
        assert_eq!(number_at(at, Uuid::from_u64_pair(1, u64::MAX)), -1);
    }
}
