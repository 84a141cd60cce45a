//! How a search could go on while it is being typed: its last word completed.

use super::declare::Filter;

/// Most suggestions.
pub const MOST: usize = 8;
/// Letters of a name, digits of a number, before they are looked up.
pub const ENOUGH: usize = 3;
/// Longest text that is looked at.
const LONGEST: usize = 200;

/// What stands before the last word of a text, and that word; nothing for a text that is too long to be looked at.
#[must_use]
pub fn last_word(text: &str) -> Option<(&str, &str)> {
    (text.len() <= LONGEST).then(|| split(text))
}

/// The text with each of these words for its last one.
#[must_use]
pub fn whole(before: &str, mut words: Vec<String>) -> Vec<String> {
    words.truncate(MOST);
    words.into_iter().map(|word| format!("{before}{word}")).collect()
}

/// What stands before the last word, and the word: a quoted one is one word.
fn split(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let mut start = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter.is_whitespace() && !quoted => start = at + letter.len_utf8(),
            _ => {}
        }
    }
    text.split_at(start)
}

/// The fields that begin so, or the values that the field has: `more` gives those that its filter doesn't say.
pub fn completed(
    word: &str,
    filters: &[Filter],
    more_fields: &[&'static str],
    more: impl Fn(&str) -> Vec<String>,
) -> Vec<String> {
    let word = word.to_lowercase();
    let Some((field, part)) = word.split_once(':') else {
        if word.is_empty() {
            return Vec::new();
        }
        let filters = filters.iter().map(|filter| filter.word.0);
        let mut fields: Vec<&str> = Vec::new();
        // no filter but the tabs; they are no states in every list
        let status = (!more("status").is_empty()).then_some("status");
        for field in status.into_iter().chain(filters).chain(more_fields.iter().copied()) {
            if field.starts_with(&word) && !fields.contains(&field) {
                fields.push(field);
            }
        }
        return fields.into_iter().map(|field| format!("{field}:")).collect();
    };
    let own = filters.iter().filter(|filter| filter.word == (field, ""));
    let own = own.flat_map(|filter| filter.options.iter().map(|(code, _)| (*code).to_owned()));
    let fits = |value: &String| {
        value.to_lowercase().trim_start_matches('"').starts_with(part.trim_start_matches('"'))
            && value.len() > part.len()
    };
    let mut values = Vec::new();
    for value in more(field).into_iter().chain(own).filter(fits) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values.into_iter().map(|value| format!("{field}:{value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_what_goes_on() {
        assert_eq!(split("status:shipped tot"), ("status:shipped ", "tot"));
        assert_eq!(split("customer:\"van der"), ("", "customer:\"van der"));
        assert_eq!(split("a "), ("a ", ""));
        assert_eq!(split(""), ("", ""));
        assert_eq!(last_word(&"x".repeat(LONGEST + 1)), None);
    }
}
