//! What a text that somebody sends must be, wherever it is typed or sent to.

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
