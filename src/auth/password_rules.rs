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
    // zxcvbn takes any three things in a row for hard to guess, so what isn't known must be good by itself
    let is_good = |rest: String| zxcvbn(&rest, &[]).score() >= Score::Three;
    if guessed.score() >= Score::Three && beside(password, &known).is_none_or(is_good) {
        return Ok(());
    }
    let why = guessed.feedback().and_then(zxcvbn::feedback::Feedback::warning).map_or(OTHERWISE, words_of);
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

/// What is left without the known words, whatever was done to their letters; nothing when there are none in it.
fn beside(password: &str, known: &[&str]) -> Option<String> {
    let mut letters: Vec<char> = password.chars().map(folded).collect();
    let mut known: Vec<Vec<char>> = known.iter().map(|word| word.chars().map(folded).collect()).collect();
    known.retain(|word: &Vec<char>| word.len() > 2);
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in &known {
        while let Some(at) = letters.windows(word.len()).position(|part| part == word) {
            letters.iter_mut().skip(at).take(word.len()).for_each(|letter| *letter = TAKEN);
        }
    }
    // nor what parts them
    let is_own = |own: char, letter: char| letter != TAKEN && !own.is_whitespace() && !own.is_ascii_punctuation();
    let rest = password.chars().zip(&letters).filter(|(own, letter)| is_own(*own, **letter)).map(|(own, _)| own);
    letters.contains(&TAKEN).then(|| rest.collect())
}

/// What stands for a letter of a known word; no letter is folded to it.
const TAKEN: char = '\u{0}';

/// The small letter, also where a digit or sign stands for it.
fn folded(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        TAKEN => ' ',
        c => c.to_lowercase().next().unwrap_or(c),
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
            "the brandt of seven otters",
            "techally gravel lamp seven",
            "#%&/()=?;:_~<>",
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
            ("S0fi@_Br4ndt_12345678", ""),
            ("sofia.brandt@nordlicht.example", ""),
            ("techally.admin.shop", ""),
            ("techally-demo-2026", ""),
            ("techally-password1", ""),
            ("SofiaBrandt26", ""),
            ("brandtsofia1", ""),
            ("nordlicht2026", ""),
            ("Elektronik2026", ""),
            ("2711202627112026", ""),
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
