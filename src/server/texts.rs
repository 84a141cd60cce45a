//! What a text that somebody sends must be, wherever it is typed or sent to.

use crate::forms::Refusal;

/// Whether a text can be an e-mail address: two sides, a host with a point, no space.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let has_both_sides =
        text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    has_both_sides && text.len() <= 255 && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether a text is one line of at most so many characters, and not empty.
#[must_use]
pub fn is_line(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control)
}

/// Whether a text has the form of a country's code (ISO 3166-1 alpha-2).
#[must_use]
pub fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Text that PostgreSQL stores and people can read: no NUL.
#[must_use]
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// The same text with a capital first letter.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Longest reason.
const LONGEST_REASON: usize = 500;
/// Longest note, as the tables have it.
const LONGEST_NOTE: usize = 4_000;

/// A reason as it is kept: one line.
///
/// # Errors
/// What is wrong, beside `reason`.
pub fn read_reason(text: &str) -> Result<String, Refusal> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if is_line(&text, LONGEST_REASON) {
        return Ok(text);
    }
    let problem = format!("Say why, in 1 to {LONGEST_REASON} characters.");
    Err(Refusal::input("Nothing was changed.").field("reason", problem))
}

/// A note's text as it is stored; `field` is its name in the form.
///
/// # Errors
/// What is wrong, beside that field.
pub fn read_note(note: &str, field: &str) -> Result<String, Refusal> {
    // browsers send line breaks as CR LF
    let note = note.replace("\r\n", "\n").trim().to_owned();
    let length = note.chars().count();
    let problem = if note.is_empty() {
        "Write something first.".to_owned()
    } else if length > LONGEST_NOTE {
        format!("A note has at most {LONGEST_NOTE} characters; this one has {length}.")
    } else if !is_storable(&note) {
        "The note has a character that can't be stored.".to_owned()
    } else {
        return Ok(note);
    };
    Err(Refusal::input("The note was not saved.").field(field, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_have_two_sides() {
        assert!(is_email("ida@mail.example"));
        for wrong in ["", "ida", "ida@", "@mail.example", "ida@mail", "a@b@c.d", "i da@mail.example"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }

    #[test]
    fn lines_are_one_and_countries_two_letters() {
        assert!(is_line("Ring 1", 6) && !is_line("Ring 1", 5) && !is_line(" ", 5) && !is_line("a\nb", 5));
        assert!(is_country("DE") && !is_country("de") && !is_country("DEU") && !is_country("Ä"));
    }
}
