//! What customers write about what they have bought, and what moderators make of it.

use std::collections::HashSet;

use fastrand::Rng;
use uuid::Uuid;

use super::calendar::{DAY, HISTORY_DAYS, HOUR, MINUTE, Millis, ago};
use super::catalog::{Catalog, Product};
use super::orders::Order;
use super::people::{Person, registered_by};
use super::random::{self, Topic, chance, fill, hash, id_at, pick, weighted};
use super::words::opinions;
use super::words::reviews::{ASIDES, FLAG_REASONS, REFUSED, TONES};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Pending,
    Approved,
    Rejected,
    Flagged,
}

impl Verdict {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Flagged => "flagged",
        }
    }
}

pub struct Review {
    pub id: Uuid,
    pub product: u32,
    pub person: Person,
    pub order: Option<Uuid>,
    pub rating: u8,
    pub title: String,
    pub body: String,
    pub at: Millis,
    pub verdict: Verdict,
    /// When and why a moderator decided or a user complained.
    pub decided_at: Option<Millis>,
    pub reason: Option<&'static str>,
    pub votes: Vec<Vote>,
    pub images: usize,
}

pub struct Vote {
    pub user: Uuid,
    pub helpful: bool,
    pub at: Millis,
}

/// Hands out as many reviews as are wanted: nine in ten to delivered orders as they come by, the rest
/// to people whose order is not known.
pub struct Reviewers<'a> {
    catalog: &'a Catalog,
    people: u64,
    now: Millis,
    rng: Rng,
    wanted: u64,
    given: u64,
    /// Who has reviewed what: nobody does so twice.
    seen: HashSet<u64>,
}

impl<'a> Reviewers<'a> {
    pub fn new(catalog: &'a Catalog, people: u64, wanted: u64, now: Millis) -> Self {
        Self { catalog, people, now, rng: random::rng(Topic::Review, 0), wanted, given: 0, seen: HashSet::new() }
    }

    /// The reviews of an order, of which so many are still to come.
    pub fn of_order(&mut self, order: &Order, orders_left: u64) -> Vec<Review> {
        let Some(delivered_at) = order.course.delivered_at else { return Vec::new() };
        // About 1.35 articles of each order to come are delivered long enough ago to be reviewed.
        let still = (self.wanted * 9 / 10).saturating_sub(self.given) as f64;
        let share = (still / (orders_left as f64 * 1.35 + 1.0)).min(1.0);
        let mut reviews = Vec::new();
        for item in &order.items {
            if self.rng.f64() >= share {
                continue;
            }
            let at = delivered_at + self.rng.i64(HOUR..18 * DAY).min(self.rng.i64(HOUR..60 * DAY));
            if at < self.now && self.is_first(order.person.number, item.product) {
                let unhappy = item.returned > 0;
                reviews.push(self.review(item.product, order.person, Some(order.id), at, unhappy));
            }
        }
        reviews
    }

    /// The next of those that belong to no order.
    pub fn without_order(&mut self) -> Option<Review> {
        let mut tries = 0;
        while self.given < self.wanted && tries < 1000 {
            tries += 1;
            let at = ago(&mut self.rng, self.now, 10 * MINUTE, HISTORY_DAYS * DAY);
            let product = self.catalog.choose(&mut self.rng, at).number;
            let number = self.rng.u64(..registered_by(at, self.people, self.now));
            if self.is_first(number, product) {
                let person = Person::new(number, self.people, self.now);
                return Some(self.review(product, person, None, at, false));
            }
        }
        None
    }

    fn is_first(&mut self, person: u64, product: u32) -> bool {
        self.seen.insert(person << 24 ^ u64::from(product))
    }

    fn review(&mut self, product: u32, person: Person, order: Option<Uuid>, at: Millis, unhappy: bool) -> Review {
        self.given += 1;
        let product = &self.catalog.products[product as usize];
        let now = self.now;
        let rng = &mut self.rng;
        let id = id_at(rng, at);
        let mut rating = rating(rng, product);
        if unhappy {
            rating = rating.min(3);
        }
        let verdict = verdict(rng, now - at);
        // Most of what is refused, and some of what waits, breaks the rules.
        let refused = match verdict {
            Verdict::Rejected => true,
            Verdict::Pending => chance(rng, 160),
            Verdict::Flagged => chance(rng, 400),
            Verdict::Approved => false,
        };
        let (title, body, refusal) = if refused { spam(rng, product) } else { text(rng, product, rating) };
        let thought = rng.i64(12 * MINUTE..30 * HOUR);
        let (decided_at, reason) = match verdict {
            Verdict::Pending => (None, None),
            Verdict::Approved => (Some(at + thought), None),
            Verdict::Rejected => (Some(at + thought), refusal),
            Verdict::Flagged => (None, Some(pick(rng, &FLAG_REASONS))),
        };
        let voters =
            if verdict == Verdict::Approved { weighted(rng, [420, 240, 140, 90, 60, 30, 20].into_iter()) } else { 0 };
        let votes = votes(rng, voters, at, person.number, self.people, now);
        let images = if verdict == Verdict::Approved && chance(rng, 80) { rng.usize(1..=3) } else { 0 };
        Review {
            id,
            product: product.number,
            person,
            order,
            rating,
            title,
            body,
            at,
            verdict,
            decided_at: decided_at.map(|decided| decided.min(now)),
            reason,
            votes,
            images,
        }
    }
}

/// Products are liked differently: each has a mean of its own between 3.1 and 4.7.
fn rating(rng: &mut Rng, product: &Product) -> u8 {
    let shares = match hash(&product.slug) % 5 {
        0 => [160, 150, 240, 260, 190],
        1 => [70, 80, 190, 360, 300],
        2 => [45, 50, 130, 345, 430],
        3 => [35, 40, 90, 280, 555],
        _ => [30, 25, 60, 215, 670],
    };
    weighted(rng, shares.into_iter()) as u8 + 1
}

const THREE_DAYS: Millis = 3 * DAY;
const TWO_WEEKS: Millis = 14 * DAY;

/// Fresh reviews wait; later nearly all have been decided.
fn verdict(rng: &mut Rng, age: Millis) -> Verdict {
    let shares = match age {
        0..DAY => [900, 60, 20, 20],
        DAY..THREE_DAYS => [650, 290, 30, 30],
        THREE_DAYS..TWO_WEEKS => [140, 760, 50, 50],
        _ => [4, 936, 48, 12],
    };
    [Verdict::Pending, Verdict::Approved, Verdict::Rejected, Verdict::Flagged][weighted(rng, shares.into_iter())]
}

type Text = (String, String, Option<&'static str>);

fn text(rng: &mut Rng, product: &Product, rating: u8) -> Text {
    let tone = &TONES[usize::from(rating - 1) % TONES.len()];
    let opinions = opinions::about(product.kind.key);
    let mut parts: Vec<&str> = Vec::with_capacity(7);
    if chance(rng, 850) {
        parts.push(pick(rng, tone.openings));
    }
    let pool: [&[&str]; 2] = match rating {
        4.. => [opinions.good, opinions.good],
        3 => [opinions.good, opinions.bad],
        _ => [opinions.bad, opinions.bad],
    };
    parts.push(pick(rng, pool[0]));
    if rating == 3 || chance(rng, 620) {
        let second = pick(rng, pool[1]);
        if !parts.contains(&second) {
            parts.push(second);
        }
    }
    if chance(rng, 330) {
        parts.push(pick(rng, tone.middles));
    }
    if chance(rng, 170) {
        parts.push(pick(rng, &ASIDES));
    }
    if chance(rng, 700) {
        parts.push(pick(rng, tone.endings));
    }
    let weeks = rng.u32(2..14).to_string();
    let mut title = String::new();
    write(product, &weeks, pick(rng, tone.titles), &mut title);
    let mut body = String::with_capacity(300);
    for part in parts {
        if !body.is_empty() {
            body.push(' ');
        }
        write(product, &weeks, part, &mut body);
    }
    (title, body, None)
}

fn spam(rng: &mut Rng, product: &Product) -> Text {
    let (title, body, reason) = pick(rng, &REFUSED);
    let mut out = String::with_capacity(160);
    let number = rng.u32(2..14).to_string();
    write(product, &number, body, &mut out);
    (title.to_owned(), out, Some(reason))
}

fn write(product: &Product, weeks: &str, template: &str, out: &mut String) {
    fill(template, out, |key| match key {
        "product" => Some(product.name.as_str()),
        "thing" => Some(product.kind.noun),
        "weeks" => Some(weeks),
        _ => None,
    });
}

fn votes(rng: &mut Rng, count: usize, at: Millis, author: u64, people: u64, now: Millis) -> Vec<Vote> {
    let mut voters: Vec<u64> = Vec::with_capacity(count);
    (0..count)
        .filter_map(|_| {
            let voter = rng.u64(..people.max(1));
            if voter == author || voters.contains(&voter) {
                return None;
            }
            voters.push(voter);
            let at = rng.i64(at..=(at + 90 * DAY).min(now));
            Some(Vote { user: random::id(Topic::Person, voter), helpful: chance(rng, 780), at })
        })
        .collect()
}
