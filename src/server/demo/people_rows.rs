//! Rows of people: customers and staff, their addresses, ways to pay, settings and what they did lately.

use fastrand::Rng;
use uuid::Uuid;

use super::DemoError;
use super::calendar::{self, DAY, HOUR, MINUTE, Millis, ago};
use super::copy::{Sink, Stopped};
use super::people::{Home, Person};
use super::random::{self, Topic, chance, hash, id_at, pick};
use super::staff::{self, STAFF};
use super::tables::Table;
use super::words::places::Country;

/// No password has this hash: nobody signs in as a demo customer.
const NO_PASSWORD: &str = "!demo-customer";

/// Each person has at most this many addresses and ways to pay.
const SPACE: u64 = 4;

const USER_AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
];

pub fn address_id(person: u64) -> Uuid {
    random::id(Topic::Address, person * SPACE)
}

/// The five of the office, hired before the first order.
pub fn write_staff(sink: &mut Sink, now: Millis) -> Result<(), DemoError> {
    let hired = now - (calendar::HISTORY_DAYS + 40) * DAY;
    for (index, person) in STAFF.iter().enumerate() {
        let id = staff::staff_id(index);
        let hash = staff::password_hash(index)?;
        let last_login = now - (index as i64 * 47 + 20) * MINUTE;
        sink.row(Table::Users)
            .uuid(id)
            .text(person.email)
            .bool(true)
            .text(&hash)
            .text(person.first)
            .text(person.last)
            .null()
            .null()
            .null()
            .text(person.role)
            .text("active")
            .time(last_login)
            .time(hired)
            .time(hired)
            .null();
        sink.row(Table::UserPreferences)
            .uuid(id)
            .text("en")
            .text("Europe/Berlin")
            .text("system")
            .text(person.density)
            .text(r#"{"mentions": true, "jobs": true}"#)
            .time(hired)
            .time(hired);
        write_activity(sink, &mut random::rng(Topic::Staff, index as u64), id, "sign_in", last_login);
    }
    Ok(())
}

pub fn write_customers(sink: &mut Sink, people: u64, now: Millis) -> Result<(), Stopped> {
    let mut text = Scratch::default();
    for number in 0..people {
        let person = Person::new(number, people, now);
        let mut rng = random::rng(Topic::PaymentMethod, number);
        write_user(sink, &mut rng, &person, &mut text, now);
        write_addresses(sink, &mut rng, &person, &mut text);
        write_ways_to_pay(sink, &mut rng, &person, now);
        if chance(&mut rng, 400) {
            write_settings(sink, &mut rng, &person);
        }
        sink.send_full()?;
    }
    Ok(())
}

/// Text that is used again and again.
#[derive(Default)]
struct Scratch {
    first: String,
    second: String,
}

fn write_user(sink: &mut Sink, rng: &mut Rng, person: &Person, text: &mut Scratch, now: Millis) {
    text.first.clear();
    person.push_email(&mut text.first);
    text.second.clear();
    person.push_phone(&mut text.second);
    let since = person.registered_at;
    let deleted_at = (person.status == "deleted").then(|| ago(rng, now, HOUR, 100 * DAY).max(since));
    let quiet = if person.status == "active" { 60 * DAY } else { 400 * DAY };
    let seen = ago(rng, now, MINUTE, quiet).max(since);
    let born = ago(rng, now, 19 * 365 * DAY, 74 * 365 * DAY);
    sink.row(Table::Users)
        .uuid(person.id())
        .text(&text.first)
        .bool(!chance(rng, 60))
        .text(NO_PASSWORD)
        .text(person.first)
        .text(person.last)
        .opt_text(person.has_phone().then_some(text.second.as_str()))
        .opt_date(chance(rng, 350).then_some(born))
        .opt_text(chance(rng, 300).then_some(if person.woman { "female" } else { "male" }))
        .text("customer")
        .text(person.status)
        .opt_time(chance(rng, 930).then_some(deleted_at.map_or(seen, |gone| gone.min(seen))))
        .time(since)
        .time(deleted_at.unwrap_or(since))
        .opt_time(deleted_at);
    if person.status == "active" && now - seen < 14 * DAY && chance(rng, 250) {
        let action = pick(rng, &["sign_in", "sign_in", "profile_changed", "password_reset"]);
        write_activity(sink, rng, person.id(), action, seen);
    }
}

fn write_addresses(sink: &mut Sink, rng: &mut Rng, person: &Person, text: &mut Scratch) {
    let at = person.registered_at;
    write_address(sink, address_id(person.number), person, person.country, &person.home, "home", true, at, text);
    if chance(rng, 220) {
        let id = random::id(Topic::Address, person.number * SPACE + 1);
        let other = Home::new(person.country, rng);
        let kind = if rng.bool() { "work" } else { "other" };
        write_address(sink, id, person, person.country, &other, kind, false, at, text);
    }
}

#[expect(clippy::too_many_arguments, reason = "one for each part of an address")]
fn write_address(
    sink: &mut Sink,
    id: Uuid,
    person: &Person,
    country: &Country,
    home: &Home,
    kind: &str,
    default: bool,
    at: Millis,
    text: &mut Scratch,
) {
    text.first.clear();
    person.push_name(&mut text.first);
    text.second.clear();
    home.push_street(country, &mut text.second);
    let row = sink.row(Table::Addresses).uuid(id).uuid(person.id()).text(kind).text(&text.first).text(&text.second);
    text.first.clear();
    home.push_postal_code(country, &mut text.first);
    text.second.clear();
    person.push_phone(&mut text.second);
    row.text(&text.first)
        .text(home.city.name)
        .text(home.city.region)
        .text(country.code)
        .opt_text(person.has_phone().then_some(text.second.as_str()))
        .bool(default)
        .bool(default)
        .time(at)
        .time(at);
}

fn write_ways_to_pay(sink: &mut Sink, rng: &mut Rng, person: &Person, now: Millis) {
    let count = random::weighted(rng, [400, 490, 110].into_iter()) as u64;
    let since = person.registered_at;
    for index in 0..count {
        let id = random::id(Topic::PaymentMethod, person.number * SPACE + index);
        let token = format!("demo:{:016x}", hash(person.first) ^ rng.u64(..));
        let row = sink.row(Table::PaymentMethods).uuid(id).uuid(person.id());
        let row = if index == 0 && !chance(rng, 240) {
            let expires = calendar::date(now + rng.i64(20 * DAY..1500 * DAY));
            row.text("card")
                .text(pick(rng, &["visa", "visa", "mastercard", "mastercard", "amex"]))
                .text(&format!("{:04}", rng.u32(..10_000)))
                .int(expires.month)
                .int(expires.year)
        } else {
            row.text(pick(rng, &["paypal", "paypal", "klarna", "sepa"])).null().null().null().null()
        };
        row.text(&token).bool(index == 0).time(since).time(since);
    }
}

fn write_settings(sink: &mut Sink, rng: &mut Rng, person: &Person) {
    let news = if chance(rng, 380) {
        r#"{"orders": true, "newsletter": true}"#
    } else {
        r#"{"orders": true, "newsletter": false}"#
    };
    sink.row(Table::UserPreferences)
        .uuid(person.id())
        .text(person.country.language)
        .text(person.country.time_zone)
        .text(pick(rng, &["system", "system", "light", "dark"]))
        .text("relaxed")
        .text(news)
        .time(person.registered_at)
        .time(person.registered_at);
}

/// One thing a person did, from an address set aside for documentation.
pub fn write_activity(sink: &mut Sink, rng: &mut Rng, user: Uuid, action: &str, at: Millis) {
    sink.row(Table::UserActivity)
        .uuid(id_at(rng, at))
        .uuid(user)
        .text(action)
        .time(at)
        .text(&format!("203.0.113.{}", rng.u32(1..255)))
        .text(pick(rng, &USER_AGENTS))
        .text("{}");
}
