//! The customers. A person follows from the number alone, so that nobody needs to be kept in memory.

use fastrand::Rng;

use super::calendar::{DAY, HISTORY_DAYS, Millis};
use super::random::{self, Topic, chance, pick};
use super::words::names::push_ascii;
use super::words::places::{COUNTRIES, City, Country, StreetStyle};

/// Addresses of the reserved top-level domain, so that no demo mail can reach anybody.
const MAIL_DOMAINS: [&str; 4] = ["mail.example", "post.example", "inbox.example", "briefkasten.example"];

#[derive(Clone, Copy)]
pub struct Person {
    pub number: u64,
    pub first: &'static str,
    pub last: &'static str,
    pub woman: bool,
    pub country: &'static Country,
    pub home: Home,
    /// Seed of what is written as text only when needed: e-mail address, telephone.
    style: u64,
    pub registered_at: Millis,
    pub status: &'static str,
}

#[derive(Clone, Copy)]
pub struct Home {
    pub city: &'static City,
    street: &'static str,
    house: u32,
    postal_code: &'static str,
    letters: [u8; 2],
}

/// When the customer with this number registered: the earlier the number, the earlier the day.
fn registered_at(number: u64, people: u64, now: Millis, rng: &mut Rng) -> Millis {
    let share = (number as f64 + rng.f64()) / people.max(1) as f64;
    now - (((1.0 - share.powf(0.7)) * SPAN as f64) as Millis).clamp(DAY / 24, SPAN)
}

/// Customers have registered from half a year before the first order on.
const SPAN: Millis = (HISTORY_DAYS + 180) * DAY;

/// How many of `people` had registered at that time (to about one).
pub fn registered_by(at: Millis, people: u64, now: Millis) -> u64 {
    let share = (1.0 - (now - at) as f64 / SPAN as f64).clamp(0.0, 1.0).powf(1.0 / 0.7);
    ((share * people as f64) as u64).clamp(1, people.max(1))
}

impl Person {
    pub fn new(number: u64, people: u64, now: Millis) -> Self {
        let mut rng = random::rng(Topic::Person, number);
        let country = &COUNTRIES[random::weighted(&mut rng, COUNTRIES.iter().map(|country| country.share))];
        let woman = rng.bool();
        let first = pick(&mut rng, if woman { country.names.women } else { country.names.men });
        let last = pick(&mut rng, country.names.last_names(woman));
        let home = Home::new(country, &mut rng);
        let registered_at = registered_at(number, people, now, &mut rng);
        let status = match rng.u32(..1000) {
            0..=954 => "active",
            955..=984 => "inactive",
            985..=996 => "suspended",
            _ => "deleted",
        };
        Self { number, first, last, woman, country, home, style: rng.u64(..), registered_at, status }
    }

    pub fn id(&self) -> uuid::Uuid {
        random::id(Topic::Person, self.number)
    }

    pub fn push_name(&self, out: &mut String) {
        out.push_str(self.first);
        out.push(' ');
        out.push_str(self.last);
    }

    /// Ends in the person's number, so that no two are alike.
    pub fn push_email(&self, out: &mut String) {
        match self.style % 4 {
            0 => {
                push_ascii(out, self.first);
                push_ascii(out, self.last);
            }
            1 => {
                push_ascii(out, &self.first[..self.first.chars().next().map_or(0, char::len_utf8)]);
                out.push('.');
                push_ascii(out, self.last);
            }
            _ => {
                push_ascii(out, self.first);
                out.push('.');
                push_ascii(out, self.last);
            }
        }
        // A bijection of four digits keeps the first ones from looking numbered.
        let number = if self.number < 10_000 { self.number * 7_919 % 10_000 } else { self.number };
        out.push_str(&number.to_string());
        out.push('@');
        out.push_str(MAIL_DOMAINS[(self.style >> 8) as usize % MAIL_DOMAINS.len()]);
    }

    pub fn push_phone(&self, out: &mut String) {
        random::pattern(&mut Rng::with_seed(self.style), self.country.phone, out);
    }

    /// Whether a telephone number is known.
    pub fn has_phone(&self) -> bool {
        self.style >> 16 & 7 != 0
    }
}

impl Home {
    pub fn new(country: &'static Country, rng: &mut Rng) -> Self {
        // Lists begin with the large towns.
        let city = &country.cities[(rng.f64().powf(1.4) * country.cities.len() as f64) as usize % country.cities.len()];
        Self {
            city,
            street: pick(rng, country.streets),
            house: if chance(rng, 800) { rng.u32(1..=64) } else { rng.u32(65..=189) },
            postal_code: pick(rng, city.postal_codes),
            letters: [pick(rng, b"ABCDEGHJKLMNPRTVWXZ"), pick(rng, b"ABCDEGHJKLMNPRTVWXZ")],
        }
    }

    pub fn push_street(&self, country: &Country, out: &mut String) {
        // French forms of Belgian streets keep the Belgian order.
        match country.style {
            StreetStyle::NumberLast => {
                out.push_str(self.street);
                out.push(' ');
                out.push_str(&self.house.to_string());
            }
            StreetStyle::NumberFirst => {
                out.push_str(&self.house.to_string());
                out.push(' ');
                out.push_str(self.street);
            }
        }
    }

    pub fn push_postal_code(&self, country: &Country, out: &mut String) {
        out.push_str(self.postal_code);
        if country.code == "NL" {
            out.push(' ');
            out.push(char::from(self.letters[0]));
            out.push(char::from(self.letters[1]));
        }
    }
}
