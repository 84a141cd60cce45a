//! The grammar of searches, the same for every list: plain words and `field:value`, days, ranges, amounts. No I/O.

use crate::stamp::Zone;
use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;
use time::{Duration, OffsetDateTime};

/// Longest text that is read.
pub const LONGEST: usize = 200;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The same.
    Equal,
    /// More than.
    Over,
    /// At least.
    From,
    /// Less than.
    Under,
    /// At most.
    UpTo,
}

impl Compare {
    /// In SQL.
    #[must_use]
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Over => ">",
            Self::From => ">=",
            Self::Under => "<",
            Self::UpTo => "<=",
        }
    }

    /// The sign before a value, and the rest.
    #[must_use]
    pub fn read(text: &str) -> (Option<Self>, &str) {
        [(">=", Self::From), ("<=", Self::UpTo), (">", Self::Over), ("<", Self::Under), ("=", Self::Equal)]
            .into_iter()
            .find_map(|(sign, compare)| Some((Some(compare), text.strip_prefix(sign)?)))
            .unwrap_or((None, text))
    }
}

/// A word of the search as typed and as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As typed, with its quotes.
    pub raw: String,
    /// Without quotes.
    pub text: String,
    /// Where the colon after a field's name is.
    colon: Option<usize>,
}

impl Token {
    /// The field and its value, when it has one.
    #[must_use]
    pub fn field(&self) -> Option<(&str, &str)> {
        let at = self.colon?;
        Some((&self.text[..at], &self.text[at + 1..]))
    }
}

/// Splits at spaces outside quotes. A field's name is made of letters, before the first quote.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut token = Token { raw: String::new(), text: String::new(), colon: None };
    let (mut quoted, mut was_quoted) = (false, false);
    for letter in text.chars().chain([' ']) {
        if letter == '"' {
            quoted = !quoted;
            was_quoted = true;
            token.raw.push(letter);
        } else if letter.is_whitespace() && (!quoted || token.raw.is_empty()) {
            if !token.text.is_empty() {
                all.push(token);
            }
            token = Token { raw: String::new(), text: String::new(), colon: None };
            was_quoted = false;
        } else {
            let names = !token.text.is_empty() && token.text.bytes().all(|byte| byte.is_ascii_lowercase());
            if letter == ':' && token.colon.is_none() && !was_quoted && names {
                token.colon = Some(token.text.len());
            }
            token.raw.push(letter);
            token.text.push(if letter.is_whitespace() { ' ' } else { letter });
        }
    }
    // a quote that was never closed ends with the text
    let left = token.text.trim_end().len();
    if left > 0 {
        token.text.truncate(left);
        token.raw = format!("{}\"", token.raw.trim_end());
        all.push(token);
    }
    all
}

/// The search with some of its words only.
pub fn rest(tokens: &[Token], keep: impl Fn(usize) -> bool) -> String {
    let kept = tokens.iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, token)| token.raw.as_str());
    kept.collect::<Vec<_>>().join(" ")
}

/// Why a text can't be searched for at all.
///
/// # Errors
/// The sentence that says so.
pub fn check(text: &str) -> Result<(), String> {
    if text.chars().count() > LONGEST {
        return Err(format!("The search is longer than {LONGEST} characters. Make it shorter."));
    }
    if text.chars().any(|letter| letter.is_control() && !letter.is_whitespace()) {
        return Err("The search has characters that can't be searched for. Type it anew.".into());
    }
    Ok(())
}

/// From when to before when, and the words for it.
pub type Span = (Option<OffsetDateTime>, Option<OffsetDateTime>, String);

/// Narrows a time by another: both must hold.
pub fn narrow(
    (from, until): (&mut Option<OffsetDateTime>, &mut Option<OffsetDateTime>),
    (later, earlier): (Option<OffsetDateTime>, Option<OffsetDateTime>),
) {
    *from = (*from).max(later);
    *until = match (*until, earlier) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}

/// Reads `today`, `7d`, `2026-03`, `2026-01..2026-03`, `>2026-03-05`; days begin in `zone`.
///
/// # Errors
/// What is wrong with the text, in a sentence.
pub fn days(zone: &Zone, now: OffsetDateTime, text: &str) -> Result<Span, String> {
    let unreadable = || {
        format!(
            "“{text}” is no time. Use today, yesterday, 7d, 2026, 2026-03, 2026-03-05, a range such as 2026-01..2026-03, or > and < before a day."
        )
    };
    let today = zone.day_of(now);
    let day = |offset: i64| today.checked_add(offset.days()).map_err(|_| unreadable());
    let (first, end, words) = match text {
        "today" => (Some(today), Some(day(1)?), "today".to_owned()),
        "yesterday" => (Some(day(-1)?), Some(today), "yesterday".to_owned()),
        _ => {
            let days = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok()).filter(|days| *days > 0);
            match (days, text.split_once("..")) {
                (Some(days), _) => (Some(day(1 - i64::from(days))?), Some(day(1)?), format!("in the last {days} days")),
                (None, Some((from, to))) => {
                    let (first, _) = span(from).ok_or_else(unreadable)?;
                    let (_, end) = span(to).ok_or_else(unreadable)?;
                    if first >= end {
                        return Err(format!("“{text}” ends before it begins. Write the earlier time first."));
                    }
                    (Some(first), Some(end), format!("{from} to {to}"))
                }
                (None, None) => {
                    let (compare, rest) = Compare::read(text);
                    let (first, end) = span(rest).ok_or_else(unreadable)?;
                    match compare {
                        None | Some(Compare::Equal) => (Some(first), Some(end), rest.to_owned()),
                        Some(Compare::Over) => (Some(end), None, format!("after {rest}")),
                        Some(Compare::From) => (Some(first), None, format!("from {rest}")),
                        Some(Compare::Under) => (None, Some(first), format!("before {rest}")),
                        Some(Compare::UpTo) => (None, Some(end), format!("until {rest}")),
                    }
                }
            }
        }
    };
    Ok((first.map(|day| zone.start_of(day)), end.map(|day| zone.start_of(day)), words))
}

/// A day, month or year: its first day and the day after.
fn span(text: &str) -> Option<(Date, Date)> {
    let mut parts = text.split('-');
    let year: i16 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let two = |part: &str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
    let (month, day) = (parts.next(), parts.next());
    if parts.next().is_some() || !(2000..=2100).contains(&year) {
        return None;
    }
    let (first, length) = match (month, day) {
        (None, _) => (Date::new(year, 1, 1).ok()?, 1.year()),
        (Some(month), None) => (Date::new(year, two(month)?, 1).ok()?, 1.month()),
        (Some(month), Some(day)) => (Date::new(year, two(month)?, two(day)?).ok()?, 1.day()),
    };
    Some((first, first.checked_add(length).ok()?))
}

/// Reads `49.90`, `>500`, `100..200`: what an amount is compared with, and the words for it.
///
/// # Errors
/// What is wrong with the text, in a sentence.
pub fn amounts(text: &str) -> Result<(Vec<(Compare, Decimal)>, String), String> {
    let unreadable = || format!("“{text}” is no amount. Use 49.90, >500, <20 or 100..200.");
    let amount = |text: &str| {
        let sound = !text.is_empty() && text.len() <= 13 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        text.parse::<Decimal>().ok().filter(|amount| sound && amount.scale() <= 2).ok_or_else(unreadable)
    };
    if let Some((from, to)) = text.split_once("..") {
        let (low, high) = (amount(from)?, amount(to)?);
        if low > high {
            return Err(format!("“{text}” ends before it begins. Write the smaller amount first."));
        }
        return Ok((vec![(Compare::From, low), (Compare::UpTo, high)], format!("{from} to {to}")));
    }
    let (compare, rest) = Compare::read(text);
    let compare = compare.unwrap_or(Compare::Equal);
    let words = match compare {
        Compare::Equal => rest.to_owned(),
        Compare::Over => format!("over {rest}"),
        Compare::From => format!("from {rest}"),
        Compare::Under => format!("under {rest}"),
        Compare::UpTo => format!("up to {rest}"),
    };
    Ok((vec![(compare, amount(rest)?)], words))
}

/// Reads `>2d`, `<12h`: how long something has lasted, and the words for it. Without a sign it is “over”.
///
/// # Errors
/// What is wrong with the text, in a sentence.
pub fn age(text: &str) -> Result<(Compare, Duration, String), String> {
    let unreadable = || format!("“{text}” is no age. Use >2d, <12h or >30m.");
    let (compare, rest) = Compare::read(text);
    let compare = compare.unwrap_or(Compare::Over);
    let unit = rest.chars().last().ok_or_else(unreadable)?;
    let number: i64 = rest[..rest.len() - unit.len_utf8()].parse::<u16>().map_err(|_| unreadable())?.into();
    let (length, one, many) = match unit {
        'd' => (Duration::days(number), "day", "days"),
        'h' => (Duration::hours(number), "hour", "hours"),
        'm' => (Duration::minutes(number), "minute", "minutes"),
        _ => return Err(unreadable()),
    };
    let sign = match compare {
        Compare::Over | Compare::From => "over",
        Compare::Under | Compare::UpTo => "under",
        Compare::Equal => return Err(unreadable()),
    };
    Ok((compare, length, format!("{sign} {number} {}", if number == 1 { one } else { many })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_with_their_sign_and_unit() {
        assert_eq!(age(">2d"), Ok((Compare::Over, Duration::days(2), "over 2 days".into())));
        assert_eq!(age("1h"), Ok((Compare::Over, Duration::hours(1), "over 1 hour".into())));
        assert_eq!(age("<30m"), Ok((Compare::Under, Duration::minutes(30), "under 30 minutes".into())));
        for wrong in ["", "d", "2", "2w", "=2d", "-2d", "2ä", "99999d"] {
            assert!(age(wrong).unwrap_err().contains("is no age"), "{wrong}");
        }
    }
}
