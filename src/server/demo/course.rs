//! How an order goes: which states it passes and when, from the moment it is placed until now.

use fastrand::Rng;

use super::calendar::{DAY, HOUR, MINUTE, Millis, at_work, on_the_road};
use super::random::{chance, pick};
use super::words::notes::{CANCEL_REASONS, CARD_FAILURES, OTHER_FAILURES};
use super::words::places::Country;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Pending,
    Processing,
    Confirmed,
    Failed,
    Preparing,
    Shipped,
    Delivered,
    Completed,
    Cancelled,
    Returned,
}

impl Status {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Processing => "PROCESSING",
            Self::Confirmed => "CONFIRMED",
            Self::Failed => "FAILED",
            Self::Preparing => "PREPARING",
            Self::Shipped => "SHIPPED",
            Self::Delivered => "DELIVERED",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Returned => "RETURNED",
        }
    }
}

/// How the customer pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Card,
    Paypal,
    Klarna,
    Transfer,
}

impl Method {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Paypal => "paypal",
            Self::Klarna => "klarna",
            Self::Transfer => "transfer",
        }
    }

    /// What the provider says when it refuses.
    pub fn failure(self, rng: &mut Rng) -> &'static str {
        match self {
            Self::Card => pick(rng, &CARD_FAILURES),
            Self::Paypal | Self::Klarna | Self::Transfer => pick(rng, &OTHER_FAILURES),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Customer,
    System,
    Support,
    Warehouse,
}

#[derive(Clone, Copy)]
pub struct Step {
    pub status: Status,
    pub at: Millis,
    pub actor: Actor,
    pub reason: Option<&'static str>,
}

/// Goods that came back.
#[derive(Clone, Copy)]
pub struct Return {
    pub at: Millis,
    /// Everything, or one line only.
    pub whole: bool,
}

/// All that happens to an order up to now.
pub struct Course {
    steps: [Option<Step>; 8],
    length: usize,
    now: Millis,
    /// How long stock is held for an order that is not paid.
    pub hold_until: Millis,
    pub shipped_at: Option<Millis>,
    pub delivered_at: Option<Millis>,
    pub returned: Option<Return>,
    /// What the provider said when it refused.
    pub failure: Option<&'static str>,
}

/// An order when it is placed, as far as its course depends on it.
#[derive(Clone, Copy)]
pub struct Placed<'a> {
    pub at: Millis,
    pub by: Actor,
    pub method: Method,
    pub country: &'a Country,
    pub lines: usize,
    /// Counts the orders, from the newest: they take turns in what they wait for.
    pub turn: u64,
}

/// What becomes of an order in the long run.
#[derive(PartialEq, Eq)]
enum Fate {
    Kept,
    NeverPaid,
    Refused,
    CalledOff,
    SentBack,
    PartlySentBack,
}

fn fate(rng: &mut Rng, method: Method) -> Fate {
    let draw = rng.u32(..1000);
    match draw {
        0..=39 => Fate::NeverPaid,
        40..=69 if method == Method::Transfer => Fate::NeverPaid,
        40..=69 => Fate::Refused,
        70..=94 => Fate::CalledOff,
        95..=134 => Fate::SentBack,
        135..=164 => Fate::PartlySentBack,
        _ => Fate::Kept,
    }
}

impl Course {
    pub fn new(rng: &mut Rng, placed: &Placed<'_>, now: Millis) -> Self {
        let hold = if placed.method == Method::Transfer { 7 * DAY } else { HOUR };
        let mut course = Self {
            steps: [None; 8],
            length: 0,
            now,
            hold_until: placed.at + hold,
            shipped_at: None,
            delivered_at: None,
            returned: None,
            failure: None,
        };
        // A step that lies in the future ends the course.
        let _ = course.step(Status::Pending, placed.at, placed.by, None).and_then(|_| course.go(rng, placed));
        course
    }

    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().flatten()
    }

    /// The moment up to which it has been played.
    pub fn now(&self) -> Millis {
        self.now
    }

    pub fn last(&self) -> Step {
        self.steps().last().copied().unwrap_or(Step {
            status: Status::Pending,
            at: self.now,
            actor: Actor::System,
            reason: None,
        })
    }

    /// When the order took this state, if it did.
    pub fn when(&self, status: Status) -> Option<Millis> {
        self.steps().find(|step| step.status == status).map(|step| step.at)
    }

    /// Notes the step if it has come to pass.
    fn step(&mut self, status: Status, at: Millis, actor: Actor, reason: Option<&'static str>) -> Option<Millis> {
        if at > self.now {
            return None;
        }
        let place = self.steps.get_mut(self.length)?;
        *place = Some(Step { status, at, actor, reason });
        self.length += 1;
        Some(at)
    }

    fn go(&mut self, rng: &mut Rng, placed: &Placed<'_>) -> Option<()> {
        let mut fate = fate(rng, placed.method);
        // Of the orders of the last hour many wait for the customer or for the provider.
        let newest = self.now - placed.at < 55 * MINUTE && placed.method != Method::Transfer;
        if newest && placed.turn % 5 < 2 {
            fate = Fate::NeverPaid;
        }
        if fate == Fate::NeverPaid {
            let noticed = self.hold_until + rng.i64(1000..MINUTE);
            self.step(Status::Cancelled, noticed, Actor::System, Some("Payment did not arrive in time"))?;
            return None;
        }
        let examined = newest && placed.turn % 5 == 2;
        let confirmed = self.pay(rng, placed, examined, fate == Fate::Refused)?;
        if fate == Fate::CalledOff {
            let reason = pick(rng, &CANCEL_REASONS);
            let wished = confirmed + rng.i64(10 * MINUTE..5 * HOUR);
            let noticed = at_work(rng, wished);
            self.step(Status::Cancelled, noticed, Actor::Support, Some(reason))?;
            return None;
        }
        let delivered = self.deliver(rng, confirmed, placed.country)?;
        if matches!(fate, Fate::SentBack | Fate::PartlySentBack) {
            let wished = delivered + rng.i64(2 * DAY..13 * DAY);
            let back = at_work(rng, wished);
            // One line of one piece can only come back whole.
            let whole = fate == Fate::SentBack || placed.lines == 1;
            if back <= self.now {
                self.returned = Some(Return { at: back, whole });
            }
            if whole {
                self.step(Status::Returned, back, Actor::Warehouse, Some("All articles came back"))?;
                return None;
            }
        }
        let (after, actor) = if chance(rng, 80) {
            (rng.i64(3 * DAY..12 * DAY), Actor::Support)
        } else {
            (14 * DAY + rng.i64(0..HOUR), Actor::System)
        };
        // What came back in part is closed only after that.
        let after = self.returned.map_or(after, |_| after.max(14 * DAY));
        let reason =
            if actor == Actor::Support { "Customer confirmed that all is well" } else { "14 days after delivery" };
        self.step(Status::Completed, delivered + after, actor, Some(reason))?;
        None
    }

    /// From the order to its payment; gives when it was confirmed.
    /// A payment that is `examined` takes the provider longer than it has had so far.
    fn pay(&mut self, rng: &mut Rng, placed: &Placed<'_>, examined: bool, refused: bool) -> Option<Millis> {
        if placed.method == Method::Transfer {
            let wished = placed.at + rng.i64(2 * HOUR..50 * HOUR);
            let announced = at_work(rng, wished);
            self.step(Status::Processing, announced, Actor::Support, Some("Pays by transfer"))?;
            self.hold_until = announced + 14 * DAY;
            let wished = announced + rng.i64(4 * HOUR..70 * HOUR);
            let booked = at_work(rng, wished);
            return self.step(Status::Confirmed, booked, Actor::Support, Some("Transfer received"));
        }
        let paying = placed.at + rng.i64(15_000..4 * MINUTE);
        self.step(Status::Processing, paying, Actor::System, None)?;
        self.hold_until = self.hold_until.max(paying + 2 * DAY);
        // Providers look at some payments more closely.
        let takes = if examined {
            HOUR
        } else if placed.method != Method::Card && chance(rng, 25) {
            rng.i64(HOUR..30 * HOUR)
        } else {
            rng.i64(2_000..40_000)
        };
        if refused {
            let failure = placed.method.failure(rng);
            self.step(Status::Failed, paying + takes, Actor::System, Some("The provider refused the payment"))?;
            self.failure = Some(failure);
            return None;
        }
        self.step(Status::Confirmed, paying + takes, Actor::System, None)
    }

    /// From the confirmation to the customer's door; gives when it was delivered.
    fn deliver(&mut self, rng: &mut Rng, confirmed: Millis, country: &Country) -> Option<Millis> {
        let wished = confirmed + rng.i64(HOUR..22 * HOUR);
        let preparing = at_work(rng, wished);
        self.step(Status::Preparing, preparing, Actor::Warehouse, None)?;
        let wished = preparing + rng.i64(HOUR..26 * HOUR);
        let shipped = at_work(rng, wished);
        self.shipped_at = Some(self.step(Status::Shipped, shipped, Actor::Warehouse, None)?);
        let way = match country.code {
            "DE" | "NL" | "BE" | "FR" => 18 * HOUR,
            "FI" | "ES" | "IT" | "SE" => 52 * HOUR,
            _ => 30 * HOUR,
        };
        let delay = if chance(rng, 40) { rng.i64(4 * DAY..10 * DAY) } else { rng.i64(0..40 * HOUR) };
        let delivered = on_the_road(rng, shipped + way + delay);
        self.delivered_at =
            Some(self.step(Status::Delivered, delivered, Actor::System, Some("Delivered, says the carrier"))?);
        Some(delivered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::demo::random::{Topic, pick_ref, rng};
    use crate::server::demo::words::places::COUNTRIES;

    const NOW: Millis = 1_795_521_600_000;

    const ARROWS: [(Status, Status); 11] = [
        (Status::Pending, Status::Processing),
        (Status::Processing, Status::Confirmed),
        (Status::Processing, Status::Failed),
        (Status::Confirmed, Status::Preparing),
        (Status::Preparing, Status::Shipped),
        (Status::Shipped, Status::Delivered),
        (Status::Delivered, Status::Completed),
        (Status::Pending, Status::Cancelled),
        (Status::Confirmed, Status::Cancelled),
        (Status::Delivered, Status::Returned),
        (Status::Pending, Status::Pending),
    ];

    #[test]
    fn every_course_follows_the_diagram_and_ends_before_now() {
        for number in 0..20_000 {
            let mut rng = rng(Topic::Order, number);
            let placed = NOW - rng.i64(1000..60 * DAY);
            let method = pick(&mut rng, &[Method::Card, Method::Paypal, Method::Klarna, Method::Transfer]);
            let country = pick_ref(&mut rng, &COUNTRIES);
            let lines = 1 + number as usize % 3;
            let order = Placed { at: placed, by: Actor::Customer, method, country, lines, turn: number };
            let course = Course::new(&mut rng, &order, NOW);
            let steps: Vec<Step> = course.steps().copied().collect();
            assert_eq!(steps[0].status, Status::Pending);
            for pair in steps.windows(2) {
                assert!(
                    ARROWS.contains(&(pair[0].status, pair[1].status)),
                    "{:?} {:?}",
                    pair[0].status,
                    pair[1].status
                );
                assert!(pair[0].at < pair[1].at && pair[1].at <= NOW);
            }
            let last = course.last();
            match last.status {
                Status::Pending => assert!(course.hold_until > NOW - MINUTE),
                Status::Shipped => assert!(NOW - last.at < 15 * DAY),
                Status::Delivered => assert!(NOW - last.at <= 15 * DAY),
                Status::Processing => assert!(NOW - last.at < 7 * DAY && course.hold_until > NOW),
                Status::Confirmed | Status::Preparing => assert!(NOW - last.at < 5 * DAY),
                _ => {}
            }
            assert_eq!(course.returned.is_some_and(|back| back.whole), last.status == Status::Returned);
        }
    }
}
