//! What must hold of any two texts that somebody sends: nothing panics, nothing is taken for what it isn't. The seeded
//! loop of `parsers.rs` and libFuzzer (`fuzz/parsers.rs`) both ask here.

use techally::{
    auth::{
        links,
        model::{Role, Sight},
        second_factor::{recovery, totp},
    },
    list::{model::Query, search::Reads},
    orders::{
        list::{
            number::Number,
            search::{Names, Reader},
        },
        model::Status,
    },
    paging::{Cursor, DEFAULT_LIMIT, LIMITS, Place, limit},
    server::{
        forms::local_path,
        hex::from_hex,
        keys::{KeyError, Keys},
    },
    stamp::Zone,
    users::{find::Who, list},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// Whether a cursor is what was typed: ids may be written in several ways.
fn is_text(cursor: &Cursor, text: &str) -> bool {
    let (key, id) = text.split_once('~').unwrap_or(("", text));
    key == cursor.key && id.parse() == Ok(cursor.id)
}

/// Panics when a parser takes one of the texts for what it isn't; `place` says how to do it again.
pub fn check(a: &str, b: &str, place: &str) {
    let zone = Zone::named("Europe/Berlin");
    let reader = Reader {
        zone: &zone,
        now: OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_600),
        contact: Sight::Full,
        me: Uuid::nil(),
        names: &Names::default(),
    };
    match Place::parse(Some(a), Some(b)) {
        Ok(Place::Start) => assert!(a.is_empty() && b.is_empty(), "{place}"),
        Ok(Place::After(cursor)) => assert!(b.is_empty() && is_text(&cursor, a), "{place}"),
        Ok(Place::Before(cursor)) => assert!(a.is_empty() && is_text(&cursor, b), "{place}"),
        Err(why) => assert!(!why.is_empty() && a.len() + b.len() > 0, "{place}"),
    }
    let size = limit(Some(a));
    assert!(LIMITS.contains(&size) || size == DEFAULT_LIMIT, "{place}");
    let search = reader.read(a);
    if let Some(Number::Whole(number)) = &search.filter.number {
        let digits = number.strip_prefix("TA-").expect("a number");
        assert!(!digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit()), "{place}");
    }
    if let Some(Number::End(digits)) = &search.filter.number {
        assert!(!digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit()), "{place}");
    }
    // nothing is ignored: what was typed is looked for or refused with a reason
    let empty = search.words.is_empty() && search.problems.is_empty();
    assert!(!empty || a.chars().all(|letter| letter.is_whitespace() || letter == '"'), "{place}");
    // each chip takes one word away and leaves the others as they were
    if search.problems.is_empty() {
        for word in &search.words {
            let rest = reader.read(&word.without);
            assert!(rest.words.len() < search.words.len() || !rest.problems.is_empty(), "{place}: {word:?}");
        }
    }
    // who sees a mask looks for no part of what is behind it, and for no colleague
    let masked = list::search::Reader {
        zone: &zone,
        now: reader.now,
        contact: Sight::Masked,
        address: Sight::Masked,
        staff: false,
    };
    let found = masked.read(a).filter;
    assert!(!matches!(found.who, Some(Who::EmailPart(_) | Who::PhonePart(_))), "{place}: {found:?}");
    assert!(found.role.iter().all(|role| *role == Role::Customer), "{place}: {found:?}");
    if let Some(status) = Status::parse(a) {
        assert_eq!(status.code(), a, "{place}");
    }
    // what goes into an address comes out of it
    let query = Query::default().with("q", a).with("status", b);
    let address = query.address("/orders");
    assert_eq!(Query::parse(&query.text()), query, "{place}");
    assert!(address.is_ascii() && local_path(&address) == address, "{place}: {address}");
    let read: Vec<(String, String)> = address
        .split_once('?')
        .map(|(_, query)| form_urlencoded::parse(query.as_bytes()).into_owned().collect())
        .unwrap_or_default();
    let back =
        |name: &str| read.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    assert_eq!((back("q"), back("status")), (a, b), "{place}");
    let to = local_path(a);
    assert!(
        to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.contains(char::is_control),
        "{place}: {to}"
    );
    // codes of the second factor: six digits of a step near now, or 24 letters of the alphabet
    if let Some(step) = totp::step_of(b"12345678901234567890", a, 59) {
        assert!((0..=2).contains(&step) && a.chars().filter(char::is_ascii_digit).count() == 6, "{place}");
    }
    if let Some(hash) = recovery::hash(a) {
        assert!(hash.len() == 32 && a.chars().filter(char::is_ascii_alphanumeric).count() == 24, "{place}");
    }
    if let Some(bytes) = from_hex(a) {
        assert_eq!(bytes.len() * 2, a.len(), "{place}");
    }
    if let Some((id, signature)) = links::parse_token(a) {
        assert_eq!(format!("{id}.{signature}"), a, "{place}");
    }
    // nobody guesses what was encrypted or signed by us
    let keys = Keys::parse(&format!("k:{}", "01".repeat(32)).into()).expect("a key");
    assert!(matches!(keys.open(b, a), Err(KeyError::Tampered | KeyError::Unknown)), "{place}");
    assert!(!keys.verify(b.as_bytes(), a), "{place}");
}
