//! Recovery codes: 120 random bits each, so that a plain hash keeps them; in letters and digits that aren't mistaken for
//! each other.

use sha2::{Digest, Sha256};

/// Codes of a person.
pub const CODES: usize = 10;
/// Characters of one, without its dashes.
const LENGTH: usize = 24;
/// Crockford's base 32: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// New codes, as they are shown: `4 × 6 characters`.
///
/// # Errors
/// When there is no randomness.
pub fn new_codes() -> Result<Vec<String>, getrandom::Error> {
    (0..CODES).map(|_| new_code()).collect()
}

fn new_code() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; LENGTH];
    getrandom::fill(&mut bytes)?;
    let characters: Vec<u8> =
        bytes.iter().map(|byte| ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0')).collect();
    let groups: Vec<String> = characters.chunks(6).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(groups.join("-"))
}

/// The hash of a code as it was typed: with or without dashes and spaces, in capitals, with the usual mistakes; nothing
/// when it can't be a code.
#[must_use]
pub fn hash(typed: &str) -> Option<Vec<u8>> {
    if typed.len() > 200 {
        return None;
    }
    let mut code = String::with_capacity(LENGTH);
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        code.push(match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c if c.is_ascii() && ALPHABET.contains(&(c as u8)) => c,
            _ => return None,
        });
    }
    (code.len() == LENGTH).then(|| Sha256::digest(format!("recovery code\0{code}")).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_differ_and_are_found_again_however_they_are_typed() {
        let codes = new_codes().unwrap();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), CODES);
        let code = codes.first().unwrap();
        assert_eq!(code.len(), LENGTH + 3);
        let right = hash(code).unwrap();
        for typed in [code.to_uppercase(), code.replace('-', ""), code.replace('-', " "), format!(" {code} ")] {
            assert_eq!(hash(&typed).as_ref(), Some(&right), "{typed}");
        }
        assert_eq!(hash("OIl0-000000-000000-000000-00"), hash("0110-000000-000000-000000-00"));
    }

    #[test]
    fn what_is_no_code_has_no_hash() {
        for wrong in
            ["", "123456", &"0".repeat(23), &"0".repeat(25), &"u".repeat(24), &"é".repeat(24), &"0".repeat(10_000)]
        {
            assert_eq!(hash(wrong), None, "{wrong:.30}");
        }
    }
}
