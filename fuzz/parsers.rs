//! libFuzzer on all that reads what somebody sends: addresses, search boxes, codes, tokens. `make fuzz` builds and runs it
//! (tools/fuzz.sh); the corpus that it grows is kept under target/fuzz/.

#![no_main]

#[path = "../tests/http/parsers/check.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|texts: &str| {
    let (a, b) = texts.split_once('\u{1f}').unwrap_or((texts, ""));
    check::check(a, b, &format!("{a:?} {b:?}"));
});
