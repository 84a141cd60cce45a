//! Formatting in a time zone; the zone tables are compiled in.

use super::Stamp;
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use time::{OffsetDateTime, PrimitiveDateTime};

/// The time zone of who has chosen none, and of the shop.
pub const DEFAULT_ZONE: &str = "Europe/Berlin";

/// The time zone of a person or of the shop.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// By IANA name such as `Europe/Berlin`; an unknown one is UTC.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// The day that it is here.
    #[must_use]
    pub fn day_of(&self, at: OffsetDateTime) -> Date {
        timestamp(at).to_zoned_datetime(self.0.clone()).date()
    }

    /// When a day begins here; where clocks skip midnight, the first moment there is.
    #[must_use]
    pub fn start_of(&self, day: Date) -> OffsetDateTime {
        let start =
            day.to_zoned_datetime(self.0.clone()).map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp());
        OffsetDateTime::from_unix_timestamp(start.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// What the clock on the wall shows here, to the second.
    #[must_use]
    pub fn on_the_wall(&self, at: OffsetDateTime) -> DateTime {
        let local = timestamp(at).to_zoned_datetime(self.0.clone()).datetime();
        local.with().subsec_nanosecond(0).build().unwrap_or(local)
    }

    /// The same as the database has a time without a zone.
    #[must_use]
    pub fn wall(&self, at: OffsetDateTime) -> PrimitiveDateTime {
        let wall = self.on_the_wall(at).to_zoned_datetime(TimeZone::UTC).map(|wall| wall.timestamp().as_second());
        let wall = wall.ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        let at = wall.unwrap_or(at);
        PrimitiveDateTime::new(at.date(), at.time())
    }

    /// What a field of day and time holds.
    #[must_use]
    pub fn field(&self, at: OffsetDateTime) -> String {
        self.on_the_wall(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }

    /// A time as a field sends it, of this zone's clock, or in UTC (`…Z`); nothing when it is none.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<OffsetDateTime> {
        let at = match text.parse::<Timestamp>() {
            Ok(at) => at,
            Err(_) => text.parse::<DateTime>().ok()?.to_zoned_datetime(self.0.clone()).ok()?.timestamp(),
        };
        // further away is no time of a shop's
        let is_near = (0..=4_102_444_800).contains(&at.as_second());
        OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond()).ok().filter(|_| is_near)
    }

    /// A time in UTC for an address, to the microsecond that the database keeps: two changes of one second stay two.
    #[must_use]
    pub fn exact(at: OffsetDateTime) -> String {
        timestamp(at).strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }

    /// The texts of a time in this zone.
    #[must_use]
    pub fn stamp(&self, at: OffsetDateTime) -> Stamp {
        let timestamp = timestamp(at);
        let local = timestamp.to_zoned_datetime(self.0.clone());
        Stamp {
            utc: timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            long: local.strftime("%-d %b %Y, %H:%M").to_string(),
            short: local.strftime("%-d %b %H:%M").to_string(),
        }
    }
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp::from_nanosecond(at.unix_timestamp_nanos()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_and_winter_time_are_told_apart() {
        let berlin = Zone::named("Europe/Berlin");
        let at = |unix| OffsetDateTime::from_unix_timestamp(unix).unwrap();
        assert_eq!(berlin.stamp(at(1_763_715_000)).long, "21 Nov 2025, 09:50");
        assert_eq!(berlin.stamp(at(1_751_360_400)).short, "1 Jul 11:00");
        let summer = berlin.read("2025-07-01T11:00").unwrap();
        assert_eq!((summer, berlin.field(summer).as_str()), (at(1_751_360_400), "2025-07-01T11:00:00"));
        assert_eq!(berlin.read("2025-07-01T09:00:00Z"), Some(summer));
        let exact = summer + time::Duration::microseconds(1_200);
        assert_eq!(
            (Zone::exact(exact).as_str(), berlin.read(&Zone::exact(exact))),
            ("2025-07-01T09:00:00.001200Z", Some(exact))
        );
        for wrong in ["", "yesterday", "2025-13-01T00:00", "9999-12-31T23:59:59Z", "-009999-01-02T01:59:59Z"] {
            assert_eq!(berlin.read(wrong), None, "{wrong}");
        }
        assert_eq!(Zone::named("Nowhere/Else").stamp(at(0)).utc, "1970-01-01T00:00:00Z");
    }
}
