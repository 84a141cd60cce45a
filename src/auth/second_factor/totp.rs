//! Codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds, as every app has them). No I/O.

use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;
use totp_rs::{Builder, Secret, Totp};

/// Bytes of a secret: 160 bits, as RFC 4226 recommends.
pub const SECRET: usize = 20;
/// Steps that a clock may be off, either way.
const SKEW: u16 = 1;
/// Who the app says that the code is for.
const ISSUER: &str = "TechAlly Admin";

/// The step of a code that is right at a time (seconds since 1970), if any. Spaces in it don't matter.
#[must_use]
pub fn step_of(secret: &[u8], code: &str, now: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    let step = totp(secret, "")?.check(Some(&code).filter(|_| is_code)?, u64::try_from(now).ok()?)?;
    i64::try_from(step).ok()
}

/// The code of a time.
#[must_use]
pub fn code_at(secret: &[u8], now: i64) -> Option<String> {
    Some(totp(secret, "")?.generate(u64::try_from(now).ok()?).to_string())
}

/// The secret as people type it: base 32, in groups of four.
#[must_use]
pub fn manual_key(secret: &[u8]) -> String {
    let text = Secret::from(secret.to_vec()).to_base32();
    let groups: Vec<String> =
        text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(" ")
}

/// What an app reads from the picture.
#[must_use]
pub fn address(secret: &[u8], email: &str) -> Option<String> {
    totp(secret, email)?.to_url().ok()
}

/// The picture of an address: how many modules wide, and an SVG path of the dark ones.
#[must_use]
pub fn picture(address: &str) -> Option<(i32, String)> {
    let code = QrCode::encode_text(address, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let from = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                // writing to a String can't fail
                let _ = write!(path, "M{from} {y}h{}v1h-{}z", x - from, x - from);
            }
            x += 1;
        }
    }
    Some((code.size(), path))
}

fn totp(secret: &[u8], email: &str) -> Option<Totp> {
    // a colon parts issuer and account
    let account = email.replace(':', "");
    let secret = Secret::from(secret.to_vec());
    Builder::new().with_secret(secret).with_skew(SKEW).with_account_name(account).with_issuer(Some(ISSUER)).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of eight digits
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(code_at(KEY, time).as_deref(), Some(code));
            assert_eq!(step_of(KEY, code, time), Some(time / 30));
        }
    }

    #[test]
    fn a_clock_may_be_off_by_a_step_and_no_more() {
        let now = 2_000_000_010;
        let code = code_at(KEY, now).unwrap();
        for (off, right) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            assert_eq!(step_of(KEY, &code, now + off), right.then_some(now / 30), "{off}");
        }
    }

    #[test]
    fn only_six_digits_are_a_code() {
        assert_eq!(step_of(KEY, "287 082", 59), Some(1));
        for wrong in ["", "28708", "2870822", "287o82", "２８７０８２", "-87082", "287082\0"] {
            assert_eq!(step_of(KEY, wrong, 59), None, "{wrong}");
        }
    }

    #[test]
    fn the_address_names_shop_and_person() {
        let address = address(KEY, "sofia@techally.test").unwrap();
        assert!(address.starts_with("otpauth://totp/TechAlly%20Admin:sofia%40techally.test?secret="), "{address}");
        let (size, path) = picture(&address).unwrap();
        assert!(size >= 33 && path.starts_with("M0 0h7v1h-7z"), "{size} {path}");
        assert_eq!(manual_key(KEY), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
