//! Formatting in a time zone and a locale; the zone tables are compiled in.

use super::Stamp;
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use time::{OffsetDateTime, PrimitiveDateTime};

/// The time zone of who has chosen none, and of the shop.
pub const DEFAULT_ZONE: &str = "Europe/Berlin";
/// How dates are written for who has chosen nothing.
pub const DEFAULT_LOCALE: &str = Dates::British.code();

/// Continents and oceans: what else the tables have (`Etc/GMT+5`, `US/Eastern`, `EST`) is the same by another name.
const AREAS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// How dates are written: words stay English, order and points are a country's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    /// `21 Nov 2026`.
    #[default]
    British,
    /// `Nov 21, 2026`.
    American,
    /// `21.11.2026`.
    German,
    /// `2026-11-21`.
    Iso,
}

impl Dates {
    /// All, as they are offered.
    pub const ALL: [Self; 4] = [Self::British, Self::American, Self::German, Self::Iso];

    /// As stored in `user_preferences.locale`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::British => "en-GB",
            Self::American => "en-US",
            Self::German => "de-DE",
            Self::Iso => "ISO",
        }
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::British => "21 Nov 2026 (British)",
            Self::American => "Nov 21, 2026 (American)",
            Self::German => "21.11.2026 (German)",
            Self::Iso => "2026-11-21 (ISO 8601)",
        }
    }

    /// From its stored form; one that is unknown is none.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dates| dates.code() == code)
    }

    /// A day with its year, and without.
    const fn formats(self) -> (&'static str, &'static str) {
        match self {
            Self::British => ("%-d %b %Y", "%-d %b"),
            Self::American => ("%b %-d, %Y", "%b %-d"),
            Self::German => ("%d.%m.%Y", "%d.%m."),
            Self::Iso => ("%Y-%m-%d", "%m-%d"),
        }
    }
}

/// The time zone of a person or of the shop, and how dates are written there.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone, Dates);

impl Zone {
    /// By IANA name such as `Europe/Berlin`; an unknown one is UTC.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC), Dates::default())
    }

    /// With dates as in a locale; an unknown one is as without.
    #[must_use]
    pub fn with_locale(self, locale: &str) -> Self {
        Self(self.0, Dates::parse(locale).unwrap_or_default())
    }

    /// The time zones that can be chosen, by name: those of a place, and UTC.
    #[must_use]
    pub fn names() -> Vec<String> {
        let is_place = |name: &str| {
            name == "UTC" || name.split_once('/').is_some_and(|(area, _)| AREAS.contains(&area)) && !name.ends_with('/')
        };
        let mut names: Vec<String> =
            jiff::tz::db().available().map(|name| name.to_string()).filter(|name| is_place(name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A day in words, with its year.
    #[must_use]
    pub fn day(&self, at: OffsetDateTime) -> String {
        self.day_of(at).strftime(self.1.formats().0).to_string()
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

    /// A time in words, to the second: `21 Nov 2026, 09:49:12`.
    #[must_use]
    pub fn second(&self, at: OffsetDateTime) -> String {
        let local = timestamp(at).to_zoned_datetime(self.0.clone());
        local.strftime(&format!("{}, %H:%M:%S", self.1.formats().0)).to_string()
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

    /// The texts of a time whose seconds matter: of two acts in one minute, which was first.
    #[must_use]
    pub fn stamp_of_a_second(&self, at: OffsetDateTime) -> Stamp {
        let seconds = timestamp(at).to_zoned_datetime(self.0.clone()).strftime(":%S").to_string();
        let Stamp { utc, long, short } = self.stamp(at);
        Stamp { utc, long: long + &seconds, short: short + &seconds }
    }

    /// The texts of a time in this zone.
    #[must_use]
    pub fn stamp(&self, at: OffsetDateTime) -> Stamp {
        let timestamp = timestamp(at);
        let local = timestamp.to_zoned_datetime(self.0.clone());
        let (long, short) = self.1.formats();
        Stamp {
            utc: timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            long: local.strftime(&format!("{long}, %H:%M")).to_string(),
            short: local.strftime(&format!("{short} %H:%M")).to_string(),
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
        assert_eq!(berlin.stamp_of_a_second(at(1_751_360_407)).short, "1 Jul 11:00:07");
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

    #[test]
    fn dates_are_written_as_the_person_chose() {
        let at = OffsetDateTime::from_unix_timestamp(1_788_593_340).unwrap();
        for (locale, long, short, day) in [
            ("en-GB", "5 Sep 2026, 09:29", "5 Sep 09:29", "5 Sep 2026"),
            ("en-US", "Sep 5, 2026, 09:29", "Sep 5 09:29", "Sep 5, 2026"),
            ("de-DE", "05.09.2026, 09:29", "05.09. 09:29", "05.09.2026"),
            ("ISO", "2026-09-05, 09:29", "09-05 09:29", "2026-09-05"),
            ("xx", "5 Sep 2026, 09:29", "5 Sep 09:29", "5 Sep 2026"),
        ] {
            let zone = Zone::named("Europe/Berlin").with_locale(locale);
            let Stamp { utc, long: is_long, short: is_short } = zone.stamp(at);
            assert_eq!((is_long.as_str(), is_short.as_str(), zone.day(at).as_str()), (long, short, day), "{locale}");
            assert_eq!(utc, "2026-09-05T07:29:00Z", "the machine's text is nobody's");
        }
        for dates in Dates::ALL {
            assert_eq!(Dates::parse(dates.code()), Some(dates));
        }
    }

    #[test]
    fn zones_to_choose_are_places_that_are_known() {
        let names = Zone::names();
        for name in ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Pacific/Auckland", "UTC"] {
            assert!(names.iter().any(|one| one == name), "{name}");
        }
        assert!(names.len() > 300, "{}", names.len());
        for name in &names {
            assert!(TimeZone::get(name).is_ok(), "{name}");
            assert!(!name.starts_with("Etc/") && !name.starts_with("US/"), "{name}");
        }
    }
}
