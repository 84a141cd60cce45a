//! What a password must be: long enough, and not soon guessed. Nothing about capitals, digits or signs.
//!
//! [`check`] is asked wherever a password is chosen. It knows the common passwords, names and words of zxcvbn, what is
//! done to them (capitals, digits for letters, years, rows of keys), the words of the shop, and those of the person.

use super::password::LONGEST_CHARACTERS;
use zxcvbn::{Score, feedback::Warning, zxcvbn};

/// Fewest characters.
const SHORTEST: usize = 12;
/// What is known here to everybody.
const SHOP: [&str; 15] = [
    "techally",
    "tech",
    "ally",
    "admin",
    "administrator",
    "backoffice",
    "office",
    "electronics",
    "shop",
    "store",
    "warehouse",
    "support",
    "staff",
    "order",
    "sku",
];

/// Whether a password can be taken. `inputs` are what is known of the person and the shop: names, address, company.
///
/// # Errors
/// Why not, in a sentence or two for the person.
pub fn check(password: &str, inputs: &[&str]) -> Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(format!("A password needs at least {SHORTEST} characters; this one has {length}."));
    }
    if length > LONGEST_CHARACTERS {
        return Err(format!("A password can have {LONGEST_CHARACTERS} characters; this one has {length}."));
    }
    let known = words(inputs);
    let known: Vec<&str> = SHOP.into_iter().chain(known.iter().map(String::as_str)).collect();
    let guessed = zxcvbn(password, &known);
    if guessed.score() >= Score::Three {
        return Ok(());
    }
    let why = guessed.feedback().and_then(|feedback| feedback.warning()).map_or(OTHERWISE, words_of);
    Err(format!(
        "This password would soon be guessed: {why} Take four or more words that have nothing to do with each other, or let a password manager make one."
    ))
}

const OTHERWISE: &str = "it is made of words, names or dates that are tried first, or of those of you and the shop.";

/// Why it is weak, for people.
fn words_of(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => {
            "it follows the keys of the keyboard."
        }
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "it says the same again and again."
        }
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => "it is one of the most common ones, or close to one.",
        Warning::SequencesLikeAbcAreEasyToGuess => "it has rows such as abc or 6543.",
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => "it has years or dates in it.",
        Warning::AWordByItselfIsEasyToGuess
        | Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => OTHERWISE,
    }
}

/// The inputs, and the words in them: of `Sofia.Brandt@techally.test` also `sofia`, `brandt` and `techally`.
fn words(inputs: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for input in inputs {
        let input = input.to_lowercase();
        words.extend(
            input.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2).map(str::to_owned),
        );
        words.push(input);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    const SOFIA: [&str; 4] = ["Sofia", "Brandt", "sofia.brandt@nordlicht.example", "Nordlicht Elektronik GmbH"];

    #[test]
    fn only_the_length_and_how_soon_it_is_guessed_count() {
        for good in [
            "gravel otter lamp seven",
            "kq7vzw2mx9bd",
            "ONLYCAPITALSBUTODDLYWOVEN",
            "ñandú über der Brücke",
            "🦀🌊🪵🧲🪁🛶🧵🪐🫖🧭🪜🛖",
            "         a quiet place by the wharf",
        ] {
            assert_eq!(check(good, &SOFIA), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_is_tried_first_is_refused_and_says_why() {
        for (weak, why) in [
            ("password1234", "common"),
            ("123456789012", ""),
            ("qwertyuiopas", ""),
            ("qwertyuiop12", ""),
            ("aaaaaaaaaaaa", "again"),
            ("abcabcabcabc", "again"),
            ("P@ssw0rd2026", ""),
            ("iloveyou1234", ""),
            ("letmein12345", ""),
            ("techally-demo", ""),
            ("TechAllyAdmin", ""),
            ("techally2026!", ""),
            ("techallyadmin1", ""),
            ("Admin-Admin-Admin", "again"),
            ("sofia.brandt", ""),
            ("SofiaBrandt26", ""),
            ("brandtsofia1", ""),
            ("nordlicht2026", ""),
            ("Elektronik2026", ""),
            ("27.11.2026 27.11.2026", ""),
        ] {
            let refused = check(weak, &SOFIA).expect_err(weak);
            assert!(refused.contains("guessed") && refused.contains(why), "{weak}: {refused}");
        }
        // another person's name is a fine word among others
        assert_eq!(check("owen brews lazy thunder", &SOFIA), Ok(()));
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(check("kq7vzw2mx9b", &[]).unwrap_err().contains("this one has 11"));
        assert!(check("ß".repeat(11).as_str(), &[]).unwrap_err().contains("this one has 11"));
        let longest: String =
            "🦀🌊ñ水кq7".chars().cycle().take(LONGEST_CHARACTERS - 20).chain("gravel otter lamp 77".chars()).collect();
        assert_eq!(longest.chars().count(), LONGEST_CHARACTERS);
        assert_eq!(check(&longest, &[]), Ok(()));
        assert!(check(&format!("{longest}x"), &[]).unwrap_err().contains("128"));
    }

    #[test]
    fn no_password_takes_long_to_check() {
        for nasty in [
            "a".repeat(128),
            "ab1".repeat(42),
            "P@55".repeat(32),
            "\u{0}".repeat(128),
            "🦀".repeat(128),
            "4@4@4@".repeat(21),
        ] {
            let start = Instant::now();
            let _ = check(&nasty, &SOFIA);
            assert!(start.elapsed() < Duration::from_secs(2), "{nasty:.9}: {:?}", start.elapsed());
        }
    }
}
