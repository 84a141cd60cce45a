//! Random text for what reads addresses, search boxes and codes: nothing panics, nothing is taken for what it isn't.
//!
//! A seeded loop that runs with the other tests; `make fuzz` asks the same of texts that libFuzzer makes, guided by what
//! they reach. A failure prints its seed: `FUZZ_SEED=… FUZZ_ROUNDS=… cargo test`.

mod check;

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
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
    for round in 0..from_env("FUZZ_ROUNDS").unwrap_or(60_000) {
        let (a, b) = (text(&mut random), text(&mut random));
        check::check(&a, &b, &format!("FUZZ_SEED={seed}, round {round}: {a:?} {b:?}"));
    }
}
