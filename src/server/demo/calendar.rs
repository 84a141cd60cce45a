//! When things happen: the shop's two years, its busy seasons, weekdays and hours, and the working
//! hours of its people.

use std::fmt;

use fastrand::Rng;

/// Milliseconds since 1970, UTC: enough for a shop and cheap to reckon with.
pub type Millis = i64;

pub const MINUTE: Millis = 60_000;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// How far back orders go.
pub const HISTORY_DAYS: i64 = 730;

/// A date of the Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

/// The UTC date of a moment (Howard Hinnant's `civil_from_days`).
pub const fn date(at: Millis) -> Date {
    let days = at.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    Date { year, month, day }
}

/// A UTC month, as partitions have them; printed as in their names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Month {
    from: Millis,
    until: Millis,
}

impl Month {
    /// The month of this moment.
    pub const fn of(at: Millis) -> Self {
        let midnight = at - at.rem_euclid(DAY);
        let from = midnight - (date(at).day - 1) * DAY;
        // 32 days on is always somewhere in the next month
        let next = from + 32 * DAY;
        Self { from, until: next - (date(next).day - 1) * DAY }
    }

    /// Whether the moment lies in it.
    pub const fn has(&self, at: Millis) -> bool {
        self.from <= at && at < self.until
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, .. } = date(self.from);
        write!(f, "y{year:04}m{month:02}")
    }
}

/// 0 is Monday.
const fn weekday(at: Millis) -> i64 {
    (at.div_euclid(DAY) + 3).rem_euclid(7)
}

/// How busy an hour is, relative to others.
fn busyness(at: Millis, age: Millis) -> f64 {
    const BY_HOUR: [f64; 24] = [
        0.25, 0.15, 0.10, 0.08, 0.10, 0.25, 0.55, 0.85, 1.05, 1.20, 1.30, 1.35, 1.30, 1.20, 1.15, 1.15, 1.20, 1.35,
        1.60, 1.85, 1.80, 1.45, 0.95, 0.50,
    ];
    const BY_WEEKDAY: [f64; 7] = [1.12, 1.05, 1.0, 0.98, 0.9, 0.82, 1.13];
    const BY_MONTH: [f64; 12] = [1.0, 0.88, 0.92, 0.9, 0.9, 0.86, 0.84, 0.9, 1.0, 1.02, 1.3, 1.45];

    let Date { month, day, .. } = date(at);
    let years_ago = age as f64 / (365 * DAY) as f64;
    let growth = 0.72_f64.powf(years_ago);
    let season = BY_MONTH[(month - 1) as usize % 12];
    // The week of the November sales, and the days before Christmas when nothing arrives in time.
    let sales = match (month, day) {
        (11, 22..=30) => 1.35,
        (12, 21..=26) => 0.6,
        _ => 1.0,
    };
    let recent = if age < 21 * DAY { 1.7 } else { 1.0 };
    growth
        * season
        * sales
        * recent
        * BY_WEEKDAY[weekday(at) as usize % 7]
        * BY_HOUR[at.div_euclid(HOUR).rem_euclid(24) as usize % 24]
}

/// The moments at which orders are placed, ascending, made one by one.
pub struct OrderTimes {
    start: Millis,
    now: Millis,
    /// Share of all orders placed before the end of each hour; the last one is 1.
    until: Vec<f64>,
    hour: usize,
    count: u64,
    next: u64,
}

impl OrderTimes {
    /// `recent` orders at least fall into the last hour, so that there is something to do.
    pub fn new(now: Millis, count: u64, recent: u64) -> Self {
        let hours = HISTORY_DAYS * 24;
        let start = now - hours * HOUR;
        let mut weights: Vec<f64> =
            (0..hours).map(|hour| busyness(start + hour * HOUR + HOUR / 2, now - start - hour * HOUR)).collect();
        let total: f64 = weights.iter().sum();
        if let Some(last) = weights.last_mut() {
            *last = last.max(total * recent as f64 / count.max(1) as f64);
        }
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let until = weights
            .iter()
            .map(|weight| {
                sum += weight / total;
                sum
            })
            .collect();
        Self { start, now, until, hour: 0, count, next: 0 }
    }

    /// The moment of the next order: each gets its own slice of the whole and falls anywhere in it.
    pub fn next(&mut self, rng: &mut Rng) -> Millis {
        let share = (self.next as f64 + rng.f64()) / self.count.max(1) as f64;
        self.next += 1;
        while self.hour + 1 < self.until.len() && self.until[self.hour] < share {
            self.hour += 1;
        }
        let before = if self.hour == 0 { 0.0 } else { self.until[self.hour - 1] };
        let part = ((share - before) / (self.until[self.hour] - before)).clamp(0.0, 1.0);
        let at = self.start + self.hour as i64 * HOUR + (part * HOUR as f64) as Millis;
        at.min(self.now - 1000)
    }
}

/// A moment between the two ages.
pub fn ago(rng: &mut Rng, now: Millis, youngest: Millis, oldest: Millis) -> Millis {
    now - rng.i64(youngest..=oldest.max(youngest))
}

/// The moment itself, or the next one in the warehouse's hours (Monday to Friday, 6 to 16 UTC).
pub fn at_work(rng: &mut Rng, at: Millis) -> Millis {
    let hour = at.div_euclid(HOUR).rem_euclid(24);
    let midnight = at - at.rem_euclid(DAY);
    let next = if weekday(at) < 5 && (6..16).contains(&hour) {
        return at;
    } else if weekday(at) < 5 && hour < 6 {
        midnight
    } else {
        midnight + DAY * [1, 1, 1, 1, 3, 2, 1][weekday(at) as usize % 7]
    };
    next + 6 * HOUR + rng.i64(0..150 * MINUTE)
}

/// The moment itself, or the next one at which parcels are handed over (Monday to Saturday, 7 to 18 UTC).
pub fn on_the_road(rng: &mut Rng, at: Millis) -> Millis {
    let hour = at.div_euclid(HOUR).rem_euclid(24);
    let midnight = at - at.rem_euclid(DAY);
    if weekday(at) < 6 && (7..18).contains(&hour) {
        return at;
    }
    let day = if weekday(at) < 6 && hour < 7 {
        midnight
    } else if weekday(at) == 5 {
        midnight + 2 * DAY
    } else {
        midnight + DAY
    };
    day + 7 * HOUR + rng.i64(0..10 * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::demo::random::{Topic, rng};

    // Tuesday, 24 November 2026, 12:00 UTC
    const NOW: Millis = 1_795_521_600_000;

    #[test]
    fn dates() {
        assert_eq!(date(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(date(NOW), Date { year: 2026, month: 11, day: 24 });
        assert_eq!(date(951_782_400_000), Date { year: 2000, month: 2, day: 29 });
        assert_eq!(weekday(NOW), 1);
    }

    #[test]
    fn months_are_those_of_the_partitions() {
        let month = Month::of(NOW);
        assert_eq!(month.to_string(), "y2026m11");
        assert!(month.has(NOW) && month.has(month.from) && !month.has(month.until));
        assert_eq!(Month::of(month.until).to_string(), "y2026m12");
        assert_eq!(Month::of(month.from - 1).to_string(), "y2026m10");
        assert_eq!(Month::of(951_782_400_000).until - Month::of(951_782_400_000).from, 29 * DAY, "a leap year");
    }

    #[test]
    fn orders_ascend_and_end_in_the_last_hour() {
        let mut rng = rng(Topic::Order, 0);
        let mut times = OrderTimes::new(NOW, 5000, 10);
        let all: Vec<Millis> = (0..5000).map(|_| times.next(&mut rng)).collect();
        assert!(all.is_sorted());
        assert!(all[0] >= NOW - HISTORY_DAYS * DAY);
        assert!(all[4999] < NOW);
        assert!(all.iter().filter(|at| **at > NOW - HOUR).count() >= 8);
        let second_year = all.iter().filter(|at| **at > NOW - 365 * DAY).count();
        assert!((2600..4000).contains(&second_year), "{second_year}");
    }

    #[test]
    fn the_newest_three_are_some_minutes_old_at_every_hour_of_the_week() {
        for hour in 0..24 * 7 {
            let now = NOW + hour * HOUR + hour * MINUTE;
            let mut rng = rng(Topic::Order, 0);
            let mut times = OrderTimes::new(now, 1000, 5);
            let all: Vec<Millis> = (0..1000).map(|_| times.next(&mut rng)).collect();
            assert!((5 * MINUTE..50 * MINUTE).contains(&(now - all[997])), "{hour}: {}", (now - all[997]) / MINUTE);
            assert!(now - all[999] < 20 * MINUTE);
        }
    }

    #[test]
    fn nobody_packs_on_a_sunday() {
        let mut rng = rng(Topic::Order, 0);
        for hour in 0..24 * 14 {
            let at = at_work(&mut rng, NOW + hour * HOUR);
            assert!(weekday(at) < 5 && at >= NOW + hour * HOUR);
            let at = on_the_road(&mut rng, NOW + hour * HOUR);
            assert!(weekday(at) < 6 && at >= NOW + hour * HOUR);
        }
    }
}
