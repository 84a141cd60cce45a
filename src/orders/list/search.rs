//! What the search box of the list asks for: plain words and `field:value`. No I/O.
//!
//! Plain words are a number (`TA-104818`, or its last digits), an e-mail address, a phone number, a SKU or tracking
//! number, or else a customer's name. A word that can't be read is a problem that is told, never ignored.

use super::number::{Number, number};
use crate::{
    auth::model::{Me, Sight, contact_sight},
    list::{
        search::{Reads, Understood, countries},
        tags::tag,
        words::{Compare, age, amounts, days, narrow},
    },
    orders::model::{CARRIERS, PaymentState, SOURCES, Status},
    stamp::Zone,
    users::find::{LEAST_PHONE, Who},
};
use rust_decimal::Decimal;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What the rows must fit; all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// These orders only: those that were checked.
    pub ids: Vec<Uuid>,
    /// The number or its end.
    pub number: Option<Number>,
    /// A SKU or a tracking number, whichever it is.
    pub code: Option<String>,
    /// A SKU among the lines.
    pub sku: Option<String>,
    /// The parcel's number.
    pub tracking: Option<String>,
    /// Who bought.
    pub customer: Option<Who>,
    /// One of these states.
    pub status: Vec<Status>,
    /// One of these states of payment.
    pub payment: Vec<PaymentState>,
    /// Country of the bill, one of these, ISO 3166.
    pub country: Vec<String>,
    /// Where the order came from.
    pub source: Option<String>,
    /// What the total is compared with.
    pub total: Vec<(Compare, Decimal)>,
    /// Warehouses that one of its lines takes stock from.
    pub warehouse: Vec<Uuid>,
    /// Who carries its parcel.
    pub carrier: Option<String>,
    /// All of these tags.
    pub tags: Vec<String>,
    /// Who takes care of it: one of these; none of them: nobody.
    pub assigned: Option<Vec<Uuid>>,
    /// For how long it has been in its state.
    pub age: Vec<(Compare, Duration)>,
    /// Placed from …
    pub from: Option<OffsetDateTime>,
    /// … until before.
    pub until: Option<OffsetDateTime>,
}

/// A warehouse, as a search names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warehouse {
    /// Its row.
    pub id: Uuid,
    /// Its short name.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A colleague, as a search names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Their row.
    pub id: Uuid,
    /// First and last name.
    pub name: String,
}

/// What a search can name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The warehouses there are.
    pub warehouses: Vec<Warehouse>,
    /// Those who can take care of an order.
    pub colleagues: Vec<Colleague>,
}

/// For whom and when a search is read.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The person's time zone: days begin there.
    pub zone: &'a Zone,
    /// The time.
    pub now: OffsetDateTime,
    /// How much of customers' contacts the person sees.
    pub contact: Sight,
    /// Who the person is.
    pub me: Uuid,
    /// What it can name.
    pub names: &'a Names,
}

const FIELDS: &str = "status, payment, total, placed, age, country, source, warehouse, carrier, tag, assigned, sku, tracking, \
                      customer, email or phone";

impl<'a> Reader<'a> {
    /// For a person.
    #[must_use]
    pub fn of(me: &Me, zone: &'a Zone, names: &'a Names, now: OffsetDateTime) -> Self {
        Self { zone, now, contact: contact_sight(me.role), me: me.id, names }
    }
}

impl Reads for Reader<'_> {
    type Filter = Filter;
    const NAMED: &'static str = "Customer";
    const ONCE: &'static [&'static str] = &["source", "warehouse", "carrier", "assigned", "sku", "tracking"];

    fn plain(&self, filter: &mut Filter, text: &str) -> Option<Understood> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        // what a word is depends on no other one: else the chip that takes one away would change what the next is
        if let Some(number) = number(text) {
            if filter.number.is_some() {
                return Some(Err(format!(
                    "There can be one order number at a time, and “{text}” is another. Take one away; write a phone number without spaces."
                )));
            }
            let shown = match &number {
                Number::Whole(number) => number.clone(),
                Number::End(end) => format!("…{end}"),
            };
            filter.number = Some(number);
            return Some(Ok(("Number", shown)));
        }
        if text.contains('@') {
            return Some(self.email(filter, text));
        }
        if text.starts_with('+') && digits >= LEAST_PHONE {
            return Some(self.phone(filter, text));
        }
        let is_code = digits > 0
            && text.len() >= 4
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
        is_code.then(|| {
            if filter.code.is_some() {
                return Err(format!(
                    "There can be one SKU or tracking number at a time, and “{text}” is another. Take one away."
                ));
            }
            filter.code = Some(text.to_owned());
            Ok(("SKU or tracking", text.to_owned()))
        })
    }

    fn field(&self, filter: &mut Filter, field: &str, value: &str) -> Understood {
        match field {
            "status" => {
                for word in value.split(',') {
                    let known = Status::ALL.into_iter().find(|status| status.code().eq_ignore_ascii_case(word));
                    filter.status.push(known.ok_or_else(|| {
                        let all: Vec<String> = Status::ALL.iter().map(|s| s.code().to_ascii_lowercase()).collect();
                        format!("“{word}” is no status. There are {}.", all.join(", "))
                    })?);
                }
                Ok(("Status", filter.status.iter().map(|status| status.label()).collect::<Vec<_>>().join(" or ")))
            }
            "payment" => {
                for word in value.split(',') {
                    filter.payment.push(PaymentState::parse(&word.to_ascii_lowercase()).ok_or_else(|| {
                        format!("“{word}” is no state of payment. There are {}.", PaymentState::CODES.join(", "))
                    })?);
                }
                Ok(("Payment", filter.payment.iter().map(|state| state.label()).collect::<Vec<_>>().join(" or ")))
            }
            "total" => {
                let (compared, words) = amounts(value)?;
                filter.total.extend(compared);
                Ok(("Total", words))
            }
            "placed" => {
                let (from, until, words) = days(self.zone, self.now, value)?;
                narrow((&mut filter.from, &mut filter.until), (from, until));
                Ok(("Placed", words))
            }
            "age" => {
                let (compare, length, words) = age(value)?;
                filter.age.push((compare, length));
                Ok(("In its state", words))
            }
            "country" => {
                filter.country.extend(countries(value)?);
                Ok(("Country", filter.country.join(" or ")))
            }
            "source" => {
                let known = SOURCES.into_iter().find(|source| source.eq_ignore_ascii_case(value));
                let source = known
                    .ok_or_else(|| format!("“{value}” is no source. There are {}.", SOURCES.join(", ")))?
                    .to_owned();
                filter.source = Some(source.clone());
                Ok(("Source", source))
            }
            "warehouse" => {
                let wanted = value.to_lowercase();
                let fits = |house: &&Warehouse| {
                    house.code.to_lowercase() == wanted || house.name.to_lowercase().contains(&wanted)
                };
                let found: Vec<&Warehouse> = self.names.warehouses.iter().filter(fits).collect();
                if found.is_empty() {
                    let all: Vec<&str> = self.names.warehouses.iter().map(|house| house.code.as_str()).collect();
                    return Err(format!("“{value}” is no warehouse. There are {}.", all.join(", ")));
                }
                filter.warehouse = found.iter().map(|house| house.id).collect();
                Ok(("Warehouse", found.iter().map(|house| house.name.as_str()).collect::<Vec<_>>().join(" or ")))
            }
            "carrier" => {
                let known = CARRIERS.into_iter().find(|carrier| carrier.eq_ignore_ascii_case(value));
                let carrier = known.unwrap_or(value).to_owned();
                filter.carrier = Some(carrier.clone());
                Ok(("Carrier", carrier))
            }
            "tag" => {
                for word in value.split(',') {
                    filter.tags.push(tag(word)?);
                }
                Ok(("Tag", filter.tags.join(" and ")))
            }
            "assigned" => {
                let wanted = value.to_lowercase();
                let fits = |one: &&Colleague| match wanted.as_str() {
                    "me" => one.id == self.me,
                    name => one.name.to_lowercase().contains(name),
                };
                let found: Vec<&Colleague> = self.names.colleagues.iter().filter(fits).collect();
                filter.assigned = Some(found.iter().map(|one| one.id).collect());
                if wanted == "nobody" {
                    return Ok(("Assigned", "nobody".into()));
                }
                if found.is_empty() {
                    let all: Vec<&str> = self.names.colleagues.iter().take(12).map(|one| one.name.as_str()).collect();
                    return Err(format!("“{value}” is no colleague. Write me, nobody, or one of {}.", all.join(", ")));
                }
                Ok(("Assigned", found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(" or ")))
            }
            "sku" => {
                filter.sku = Some(value.to_owned());
                Ok(("SKU", value.to_owned()))
            }
            "tracking" => {
                filter.tracking = Some(value.to_owned());
                Ok(("Tracking", value.to_owned()))
            }
            "customer" => {
                self.name(filter, value.split_whitespace().map(str::to_owned).collect())?;
                Ok(("Customer", value.to_owned()))
            }
            "email" => self.email(filter, value),
            "phone" => self.phone(filter, value),
            _ => Err(format!("“{field}” can't be searched by. You can search by {FIELDS}.")),
        }
    }

    fn name(&self, filter: &mut Filter, words: Vec<String>) -> Result<(), String> {
        set_customer(filter, Who::named(&words)?)
    }
}

impl Reader<'_> {
    fn email(&self, filter: &mut Filter, text: &str) -> Understood {
        set_customer(filter, Who::email(self.contact, text)?)?;
        Ok(("E-mail", text.to_lowercase()))
    }

    fn phone(&self, filter: &mut Filter, text: &str) -> Understood {
        set_customer(filter, Who::phone(self.contact, text)?)?;
        Ok(("Phone", text.to_owned()))
    }
}

fn set_customer(filter: &mut Filter, customer: Who) -> Result<(), String> {
    if filter.customer.is_some() {
        return Err("The customer can be searched for in one way at a time: by name, e-mail address or phone.".into());
    }
    filter.customer = Some(customer);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::{search, words::LONGEST};

    type Search = search::Search<Filter>;

    fn read_as(contact: Sight, text: &str) -> Search {
        let zone = Zone::named("Europe/Berlin");
        let now = OffsetDateTime::from_unix_timestamp(1_774_915_200).unwrap(); // 2026-03-31 00:00 UTC
        let house =
            |n, code: &str, name: &str| Warehouse { id: Uuid::from_u128(n), code: code.into(), name: name.into() };
        let colleague = |n, name: &str| Colleague { id: Uuid::from_u128(n), name: name.into() };
        let names = Names {
            warehouses: vec![house(1, "HAM", "Hamburg"), house(2, "MUC", "München")],
            colleagues: vec![colleague(7, "Sam Support"), colleague(8, "Wanda Warehouse")],
        };
        Reader { zone: &zone, now, contact, me: Uuid::from_u128(8), names: &names }.read(text)
    }

    fn read(text: &str) -> Filter {
        let search = read_as(Sight::Full, text);
        assert_eq!(search.problems, Vec::<String>::new(), "{text}");
        search.filter
    }

    fn problem(text: &str) -> String {
        let search = read_as(Sight::Full, text);
        assert_eq!(search.problems.len(), 1, "{text}: {search:?}");
        search.problems[0].clone()
    }

    fn at(text: &str) -> OffsetDateTime {
        OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap()
    }

    #[test]
    fn numbers_in_all_their_spellings() {
        for text in ["TA-104818", "ta-104818", " ta104818 ", "#TA-104818"] {
            assert_eq!(read(text).number, Some(Number::Whole("TA-104818".into())), "{text}");
        }
        assert_eq!(read("818").number, Some(Number::End("818".into())));
        assert_eq!(read("#104818").number, Some(Number::End("104818".into())));
        assert_eq!(read("  "), Filter::default());
    }

    #[test]
    fn plain_words_are_what_they_look_like() {
        assert_eq!(read("Erika Brandt").customer, Some(Who::Name(vec!["erika".into(), "brandt".into()])));
        assert_eq!(read("Erika@Mail.example").customer, Some(Who::Email("erika@mail.example".into())));
        assert_eq!(read("@mail").customer, Some(Who::EmailPart("@mail".into())));
        assert_eq!(read("+49405550218").customer, Some(Who::Phone("49405550218".into())));
        assert_eq!(read("LAP-X1-16").code, Some("LAP-X1-16".into()));
        assert_eq!(read("JJD0003900078").code, Some("JJD0003900078".into()));
    }

    #[test]
    fn what_there_can_be_one_of_is_told_not_ignored() {
        assert!(problem("TA-104818 TA-104819").contains("one order number at a time, and “TA-104819”"));
        assert!(problem("0405 5502").contains("write a phone number without spaces"));
        assert!(problem("LAP-X1-16 LAP-X1-17").contains("“LAP-X1-17” is another"));
        assert!(problem("sku:A sku:B").contains("“sku:” can be there once"));
        assert_eq!(read("tag:vip tag:gift").tags, ["vip", "gift"]);
        let days = read("placed:2026-01..2026-03 placed:2026-02");
        assert_eq!((days.from, days.until), (Some(at("2026-01-31T23:00:00Z")), Some(at("2026-02-28T23:00:00Z"))));
    }

    #[test]
    fn words_with_fields() {
        let filter = read("status:shipped,DELIVERED total:>500 country:de payment:failed source:phone sku:AB 818");
        assert_eq!(filter.status, [Status::Shipped, Status::Delivered]);
        assert_eq!(filter.total, [(Compare::Over, Decimal::from(500))]);
        assert_eq!((filter.country.as_slice(), filter.source.as_deref()), (&["DE".to_owned()][..], Some("phone")));
        assert_eq!(filter.payment, [PaymentState::Failed]);
        assert_eq!((filter.sku.as_deref(), filter.number), (Some("AB"), Some(Number::End("818".into()))));
        let filter = read("total:100..200.50 customer:\"van der Berg\"");
        assert_eq!(filter.total, [(Compare::From, Decimal::from(100)), (Compare::UpTo, Decimal::new(20_050, 2))]);
        assert_eq!(filter.customer, Some(Who::Name(vec!["van".into(), "der".into(), "berg".into()])));
    }

    #[test]
    fn words_of_the_warehouse() {
        let filter = read("warehouse:ham carrier:dhl tag:vip,Gift age:>2d country:de,at");
        assert_eq!(filter.warehouse, [Uuid::from_u128(1)]);
        assert_eq!(read("warehouse:MÜNCH").warehouse, [Uuid::from_u128(2)]);
        assert_eq!(filter.carrier.as_deref(), Some("DHL"));
        assert_eq!(filter.tags, ["vip", "gift"]);
        assert_eq!(filter.age, [(Compare::Over, Duration::days(2))]);
        assert_eq!(filter.country, ["DE", "AT"]);
        assert!(problem("warehouse:Berlin").contains("There are HAM, MUC"));
        assert!(problem("tag:a;b").contains("tag"));
        let assigned = |text: &str| read(text).assigned;
        assert_eq!(assigned("assigned:me"), Some(vec![Uuid::from_u128(8)]));
        assert_eq!(assigned("assigned:\"sam s\""), Some(vec![Uuid::from_u128(7)]));
        assert_eq!(assigned("assigned:nobody"), Some(Vec::new()));
        assert!(problem("assigned:zoe").contains("Sam Support, Wanda Warehouse"));
        assert!(problem("age:old").contains("is no age"));
    }

    #[test]
    fn days_are_those_of_the_person_also_when_clocks_change() {
        // it is 31 March 02:00 in Berlin, summer time since the 29th
        let today = read("placed:today");
        assert_eq!((today.from, today.until), (Some(at("2026-03-30T22:00:00Z")), Some(at("2026-03-31T22:00:00Z"))));
        let change = read("placed:2026-03-29");
        assert_eq!((change.from, change.until), (Some(at("2026-03-28T23:00:00Z")), Some(at("2026-03-29T22:00:00Z"))));
        let months = read("placed:2026-01..2026-03");
        assert_eq!((months.from, months.until), (Some(at("2025-12-31T23:00:00Z")), Some(at("2026-03-31T22:00:00Z"))));
        let week = read("placed:7d");
        assert_eq!((week.from, week.until), (Some(at("2026-03-24T23:00:00Z")), Some(at("2026-03-31T22:00:00Z"))));
        assert_eq!(read("placed:>2026-03-29").from, Some(at("2026-03-29T22:00:00Z")));
        assert_eq!(read("placed:<2026").until, Some(at("2025-12-31T23:00:00Z")));
        let both = read("placed:>=2026-01 placed:<2026-02");
        assert_eq!((both.from, both.until), (Some(at("2025-12-31T23:00:00Z")), Some(at("2026-01-31T23:00:00Z"))));
    }

    #[test]
    fn what_can_not_be_read_is_explained() {
        assert!(problem("stauts:shipped").contains("“stauts” can't be searched by"));
        assert!(problem("status:gone").contains("There are pending, processing"));
        assert!(problem("status:").contains("no value"));
        assert!(problem("total:cheap").contains("is no amount"));
        assert!(problem("total:200..100").contains("smaller amount first"));
        assert!(problem("total:1.999").contains("is no amount"));
        assert!(problem("placed:2026-13").contains("is no time"));
        assert!(problem("placed:2026-03..2026-01").contains("earlier time first"));
        assert!(problem("country:Germany").contains("two letters"));
        assert!(problem("payment:maybe").contains("unpaid"));
        assert!(problem("phone:12").contains("4 of its digits"));
        assert!(problem("al").contains("at least 3 letters"));
        assert!(problem("customer:Brandt email:a@b.de").contains("one way at a time"));
        assert!(problem(&"x".repeat(LONGEST + 1)).contains("longer"));
    }

    #[test]
    fn masked_contacts_are_found_in_full_only_and_hidden_ones_never() {
        assert_eq!(
            read_as(Sight::Masked, "erika@mail.example").filter.customer,
            Some(Who::Email("erika@mail.example".into()))
        );
        assert!(read_as(Sight::Masked, "email:erika").problems[0].contains("whole e-mail address"));
        assert!(read_as(Sight::Hidden, "email:erika@mail.example").problems[0].contains("doesn't see"));
        assert!(read_as(Sight::Hidden, "phone:0405550218").problems[0].contains("doesn't see"));
        for text in ["erika@mail.example", "@mail", "+49405550218"] {
            let search = read_as(Sight::Hidden, text);
            assert!(search.filter.customer.is_none() && search.problems[0].contains("doesn't see"), "{text}");
        }
    }

    #[test]
    fn each_word_can_be_taken_away() {
        let search = read_as(Sight::Full, "Erika status:shipped \"van der Berg\" total:>5");
        let words: Vec<(&str, &str, &str)> =
            search.words.iter().map(|word| (word.label, word.value.as_str(), word.without.as_str())).collect();
        assert_eq!(
            words,
            [
                ("Status", "Shipped", "Erika \"van der Berg\" total:>5"),
                ("Total", "over 5", "Erika status:shipped \"van der Berg\""),
                ("Customer", "Erika van der Berg", "status:shipped total:>5"),
            ]
        );
        let open = read_as(Sight::Full, "customer:\"van der");
        assert_eq!(open.filter.customer, Some(Who::Name(vec!["van".into(), "der".into()])));
    }
}
