//! Random text for what reads addresses and search boxes: nothing panics, nothing is taken for what it isn't.
//!
//! A seeded loop instead of cargo-fuzz: libFuzzer wants the whole crate compiled again with instrumentation and
//! a nightly compiler; this runs with the other tests. A failure prints its seed: `FUZZ_SEED=… FUZZ_ROUNDS=… cargo test`.

use techally::{
    auth::model::Sight,
    list::model::Query,
    orders::{
        list::search::{Names, Number, Reader},
        model::Status,
    },
    paging::{Cursor, DEFAULT_LIMIT, LIMITS, Place, limit},
    server::forms::local_path,
    stamp::Zone,
};
use time::OffsetDateTime;
use uuid::Uuid;

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Whether a cursor is what was typed: ids may be written in several ways.
fn is_text(cursor: &Cursor, text: &str) -> bool {
    let (key, id) = text.split_once('~').unwrap_or(("", text));
    key == cursor.key && id.parse() == Ok(cursor.id)
}

/// Text near what the parsers know, cut, doubled and mixed with what they don't.
fn text(random: &mut fastrand::Rng) -> String {
    const PIECES: [&str; 42] = [
        "TA-",
        "ta",
        "#",
        "104818",
        "0",
        "-",
        "--",
        " ",
        "\u{0}",
        "\u{130}",
        "ß",
        "ﬁ",
        "٣",
        "0192f3a4-5b6c-7000-8000-000000000000",
        "0192f3a4",
        "{",
        "}",
        "urn:uuid:",
        "PENDING",
        "pending",
        "'",
        "%",
        "\u{1f980}",
        "\u{202e}",
        "/",
        "\\",
        "status:",
        "total:",
        "placed:",
        "email:",
        "phone:",
        "customer:",
        "sku:",
        ">",
        "<=",
        "..",
        "2026-03",
        "9999-99-99",
        "65535d",
        "12.50",
        "\"",
        "a@b.de",
    ];
    let mut out = String::new();
    for _ in 0..random.usize(0..6) {
        match random.u8(0..4) {
            0 => out.push(random.char(..)),
            _ => out.push_str(PIECES[random.usize(0..PIECES.len())]),
        }
    }
    if random.u8(0..50) == 0 { out.repeat(500) } else { out }
}

#[test]
fn random_text_is_read_or_refused_and_never_more() {
    let seed = from_env("FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..));
    let mut random = fastrand::Rng::with_seed(seed);
    let zone = Zone::named("Europe/Berlin");
    let reader = Reader {
        zone: &zone,
        now: OffsetDateTime::now_utc(),
        contact: Sight::Full,
        me: Uuid::nil(),
        names: &Names::default(),
    };
    for round in 0..from_env("FUZZ_ROUNDS").unwrap_or(60_000) {
        let (a, b) = (text(&mut random), text(&mut random));
        let place = format!("FUZZ_SEED={seed}, round {round}: {a:?} {b:?}");
        match Place::parse(Some(&a), Some(&b)) {
            Ok(Place::Start) => assert!(a.is_empty() && b.is_empty(), "{place}"),
            Ok(Place::After(cursor)) => assert!(b.is_empty() && is_text(&cursor, &a), "{place}"),
            Ok(Place::Before(cursor)) => assert!(a.is_empty() && is_text(&cursor, &b), "{place}"),
            Err(why) => assert!(!why.is_empty() && a.len() + b.len() > 0, "{place}"),
        }
        let size = limit(Some(&a));
        assert!(LIMITS.contains(&size) || size == DEFAULT_LIMIT, "{place}");
        let search = reader.read(&a);
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
        if let Some(status) = Status::parse(&a) {
            assert_eq!(status.code(), a, "{place}");
        }
        // what goes into an address comes out of it
        let query = Query::default().with("q", &a).with("status", &b);
        let address = query.address("/orders");
        assert_eq!(Query::parse(&query.text()), query, "{place}");
        assert!(address.is_ascii() && local_path(&address) == address, "{place}: {address}");
        let read: Vec<(String, String)> = address
            .split_once('?')
            .map(|(_, query)| form_urlencoded::parse(query.as_bytes()).into_owned().collect())
            .unwrap_or_default();
        let back =
            |name: &str| read.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
        assert_eq!((back("q"), back("status")), (a.as_str(), b.as_str()), "{place}");
        let to = local_path(&a);
        assert!(
            to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.contains(char::is_control),
            "{place}: {to}"
        );
    }
}
