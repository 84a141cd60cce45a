//! What the search box of the list asks for: plain words and `field:value`. No I/O.
//!
//! Plain words are an e-mail address, a phone number, or else a name. What a role sees masked it finds only by the whole.

use crate::{
    auth::model::{Me, Right, Role, Sight, address_sight, contact_sight},
    list::{
        search::{Reads, Understood, countries},
        tags::tag,
        words::{Compare, amounts, days, narrow},
    },
    stamp::Zone,
    users::{
        find::{LEAST_PHONE, Who},
        model::Status,
    },
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use time::OffsetDateTime;
use uuid::Uuid;

/// What the rows must fit; all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// These users only: those that were checked.
    pub ids: Vec<Uuid>,
    /// Colleagues are among them; without it there are customers only.
    pub staff: bool,
    /// Who.
    pub who: Option<Who>,
    /// One of these roles.
    pub role: Vec<Role>,
    /// One of these states.
    pub status: Vec<Status>,
    /// Whether the e-mail address is confirmed.
    pub verified: Option<bool>,
    /// Whether the account is locked now.
    pub locked: Option<bool>,
    /// What the number of orders is compared with.
    pub orders: Vec<(Compare, i32)>,
    /// What was spent, in hundredths, is compared with.
    pub spent: Vec<(Compare, i64)>,
    /// Lives in one of these countries, ISO 3166.
    pub country: Vec<String>,
    /// Registered from …
    pub from: Option<OffsetDateTime>,
    /// … until before.
    pub until: Option<OffsetDateTime>,
    /// Last signed in from …
    pub seen_from: Option<OffsetDateTime>,
    /// … until before.
    pub seen_until: Option<OffsetDateTime>,
    /// Never signed in.
    pub never_seen: bool,
    /// All of these tags.
    pub tags: Vec<String>,
}

/// For whom and when a search is read.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The person's time zone: days begin there.
    pub zone: &'a Zone,
    /// The time.
    pub now: OffsetDateTime,
    /// How much of contacts the person sees.
    pub contact: Sight,
    /// How much of addresses.
    pub address: Sight,
    /// Whether the person sees colleagues.
    pub staff: bool,
}

const FIELDS: &str = "name, email, phone, role, status, verified, locked, orders, spent, country, created, seen or tag";

impl<'a> Reader<'a> {
    /// For a person.
    #[must_use]
    pub fn of(me: &Me, zone: &'a Zone, now: OffsetDateTime) -> Self {
        Self {
            zone,
            now,
            contact: contact_sight(me.role),
            address: address_sight(me.role, false),
            staff: me.may(Right::ReadStaff),
        }
    }

    fn roles(&self, filter: &mut Filter, value: &str) -> Understood {
        for word in value.split(',') {
            let word = word.to_ascii_lowercase();
            let roles: Vec<Role> = match word.as_str() {
                "staff" => Role::STAFF.to_vec(),
                code => Role::parse(code).into_iter().collect(),
            };
            if roles.is_empty() {
                let all: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
                return Err(format!("“{word}” is no role. There are {} and staff.", all.join(", ")));
            }
            if !self.staff && roles != [Role::Customer] {
                return Err(format!(
                    "Colleagues are shown to those who have the right “{}”. Your list has customers only.",
                    Right::ReadStaff.label()
                ));
            }
            filter.role.extend(roles);
        }
        Ok(("Role", filter.role.iter().map(|role| role.label()).collect::<Vec<_>>().join(" or ")))
    }
}

impl Reads for Reader<'_> {
    type Filter = Filter;
    const NAMED: &'static str = "Name";
    const ONCE: &'static [&'static str] = &["verified", "locked"];

    fn plain(&self, filter: &mut Filter, text: &str) -> Option<Understood> {
        if let Ok(id) = text.parse::<Uuid>() {
            return Some(set_who(filter, Who::Ids(vec![id])).map(|()| ("Id", id.to_string())));
        }
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-/()".contains(&byte));
        if text.contains('@') {
            return Some(self.field(filter, "email", text));
        }
        if is_number && digits > 0 && (text.starts_with('+') || digits >= LEAST_PHONE || self.contact == Sight::Full) {
            return Some(self.field(filter, "phone", text));
        }
        None
    }

    fn name(&self, filter: &mut Filter, words: Vec<String>) -> Result<(), String> {
        set_who(filter, Who::named(&words)?)
    }

    fn field(&self, filter: &mut Filter, field: &str, value: &str) -> Understood {
        match field {
            "name" | "customer" => {
                self.name(filter, value.split_whitespace().map(str::to_owned).collect())?;
                Ok(("Name", value.to_owned()))
            }
            "email" => {
                set_who(filter, Who::email(self.contact, value)?)?;
                Ok(("E-mail", value.to_lowercase()))
            }
            "phone" => {
                set_who(filter, Who::phone(self.contact, value)?)?;
                Ok(("Phone", value.to_owned()))
            }
            "role" => self.roles(filter, value),
            "status" => {
                for word in value.split(',') {
                    filter.status.push(Status::parse(&word.to_ascii_lowercase()).ok_or_else(|| {
                        let all: Vec<&str> = Status::ALL.iter().map(|status| status.code()).collect();
                        format!("“{word}” is no status. There are {}.", all.join(", "))
                    })?);
                }
                Ok(("Status", filter.status.iter().map(|status| status.label()).collect::<Vec<_>>().join(" or ")))
            }
            "verified" => {
                filter.verified = Some(yes_or_no(value)?);
                Ok(("E-mail confirmed", value.to_ascii_lowercase()))
            }
            "locked" => {
                filter.locked = Some(yes_or_no(value)?);
                Ok(("Locked", value.to_ascii_lowercase()))
            }
            "orders" => {
                let (compared, words) = number_of_orders(value)?;
                filter.orders.extend(compared);
                Ok(("Orders", words))
            }
            "spent" => {
                let (compared, words) = amounts(value)?;
                let hundredths = |amount: Decimal| (amount * Decimal::ONE_HUNDRED).to_i64().unwrap_or(i64::MAX);
                filter.spent.extend(compared.into_iter().map(|(compare, amount)| (compare, hundredths(amount))));
                Ok(("Spent", words))
            }
            "country" => {
                if self.address == Sight::Hidden {
                    return Err("Your role doesn't see where people live, so it can't search by it.".into());
                }
                filter.country.extend(countries(value)?);
                Ok(("Country", filter.country.join(" or ")))
            }
            "created" => {
                let (from, until, words) = days(self.zone, self.now, value)?;
                narrow((&mut filter.from, &mut filter.until), (from, until));
                Ok(("Created", words))
            }
            "seen" if value.eq_ignore_ascii_case("never") => {
                filter.never_seen = true;
                Ok(("Last sign-in", "never".into()))
            }
            "seen" => {
                let (from, until, words) = days(self.zone, self.now, value)?;
                narrow((&mut filter.seen_from, &mut filter.seen_until), (from, until));
                Ok(("Last sign-in", words))
            }
            "tag" => {
                for word in value.split(',') {
                    filter.tags.push(tag(word)?);
                }
                Ok(("Tag", filter.tags.join(" and ")))
            }
            _ => Err(format!("“{field}” can't be searched by. You can search by {FIELDS}.")),
        }
    }
}

fn set_who(filter: &mut Filter, who: Who) -> Result<(), String> {
    if filter.who.is_some() {
        return Err("People can be searched for in one way at a time: by name, e-mail address or phone.".into());
    }
    filter.who = Some(who);
    Ok(())
}

fn yes_or_no(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(format!("“{value}” is neither yes nor no.")),
    }
}

/// Reads `yes`, `no`, `3`, `>5`, `2..10`.
fn number_of_orders(value: &str) -> Result<(Vec<(Compare, i32)>, String), String> {
    match value.to_ascii_lowercase().as_str() {
        "yes" => return Ok((vec![(Compare::From, 1)], "some".into())),
        "no" => return Ok((vec![(Compare::Equal, 0)], "none".into())),
        _ => {}
    }
    let unreadable = || format!("“{value}” is no number of orders. Use yes, no, 3, >5 or 2..10.");
    let (compared, words) = amounts(value).map_err(|_| unreadable())?;
    let whole = |number: Decimal| if number.fract().is_zero() { number.to_i32() } else { None };
    let compared = compared
        .into_iter()
        .map(|(compare, number)| Some((compare, whole(number)?)))
        .collect::<Option<_>>()
        .ok_or_else(unreadable)?;
    Ok((compared, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::search::Search;

    fn read_as(contact: Sight, staff: bool, text: &str) -> Search<Filter> {
        let zone = Zone::named("Europe/Berlin");
        let now = OffsetDateTime::from_unix_timestamp(1_774_915_200).unwrap(); // 2026-03-31 00:00 UTC
        Reader { zone: &zone, now, contact, address: contact, staff }.read(text)
    }

    fn read(text: &str) -> Filter {
        let search = read_as(Sight::Full, true, text);
        assert_eq!(search.problems, Vec::<String>::new(), "{text}");
        search.filter
    }

    fn problem(text: &str) -> String {
        let search = read_as(Sight::Full, true, text);
        assert_eq!(search.problems.len(), 1, "{text}: {search:?}");
        search.problems[0].clone()
    }

    #[test]
    fn plain_words_are_what_they_look_like() {
        assert_eq!(read("Erika Brandt").who, Some(Who::Name(vec!["erika".into(), "brandt".into()])));
        assert_eq!(read("Erika@Mail.example").who, Some(Who::Email("erika@mail.example".into())));
        assert_eq!(read("@mail").who, Some(Who::EmailPart("@mail".into())));
        assert_eq!(read("+49405550218").who, Some(Who::Phone("49405550218".into())));
        assert_eq!(read("55502").who, Some(Who::PhonePart("55502".into())));
        assert_eq!(read(&Uuid::nil().to_string()).who, Some(Who::Ids(vec![Uuid::nil()])));
        assert_eq!(read("  "), Filter::default());
    }

    #[test]
    fn words_with_fields() {
        let filter = read(
            "role:support,admin status:Active verified:no locked:YES orders:>5 spent:100..200.50 tag:vip country:de,at",
        );
        assert_eq!(filter.role, [Role::Support, Role::Admin]);
        assert_eq!(filter.status, [Status::Active]);
        assert_eq!((filter.verified, filter.locked), (Some(false), Some(true)));
        assert_eq!(filter.orders, [(Compare::Over, 5)]);
        assert_eq!(filter.spent, [(Compare::From, 10_000), (Compare::UpTo, 20_050)]);
        assert_eq!((filter.tags, filter.country), (vec!["vip".to_owned()], vec!["DE".to_owned(), "AT".to_owned()]));
        assert_eq!(read("orders:yes").orders, [(Compare::From, 1)]);
        assert_eq!(read("orders:no").orders, [(Compare::Equal, 0)]);
        assert_eq!(read("role:staff").role, Role::STAFF);
        let filter = read("created:>=2026-01 created:<2026-02 seen:7d");
        assert!(filter.from.is_some() && filter.until.is_some() && filter.seen_from.is_some());
        assert!(read("seen:never").never_seen);
    }

    #[test]
    fn what_can_not_be_read_is_explained() {
        assert!(problem("total:>5").contains("“total” can't be searched by"));
        assert!(problem("status:gone").contains("There are active, inactive"));
        assert!(problem("role:boss").contains("There are customer, support"));
        assert!(problem("verified:maybe").contains("neither yes nor no"));
        assert!(problem("orders:1.5").contains("no number of orders"));
        assert!(problem("orders:99999999999").contains("no number of orders"));
        assert!(problem("spent:cheap").contains("is no amount"));
        assert!(problem("created:soon").contains("is no time"));
        assert!(problem("tag:a;b").contains("is no tag"));
        assert!(problem("al").contains("at least 3 letters"));
        assert!(problem("Brandt email:a@b.de").contains("one way at a time"));
        assert!(problem("role:").contains("no value"));
    }

    #[test]
    fn nobody_finds_by_what_is_masked_or_hidden() {
        let masked = |text: &str| read_as(Sight::Masked, false, text);
        assert_eq!(masked("erika@mail.example").filter.who, Some(Who::Email("erika@mail.example".into())));
        for text in ["email:erika", "@mail", "phone:5502", "+5502"] {
            let search = masked(text);
            assert!(search.filter.who.is_none() && search.problems.len() == 1, "{text}: {search:?}");
        }
        // digits that are too few for a phone number are no part of one
        assert_eq!(masked("55502").filter.who, Some(Who::Name(vec!["55502".into()])));
        for text in ["email:erika@mail.example", "phone:0405550218", "erika@mail.example", "country:DE"] {
            let search = read_as(Sight::Hidden, false, text);
            assert!(search.filter == Filter::default() && search.problems[0].contains("doesn't see"), "{text}");
        }
        assert!(masked("role:admin").problems[0].contains("See staff"));
        assert!(masked("role:customer").problems.is_empty());
    }
}
