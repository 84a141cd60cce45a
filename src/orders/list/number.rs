//! Numbers of orders as people write them. No I/O.

/// An order's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// `TA-104818`
    Whole(String),
    /// Its last digits.
    End(String),
}

/// `TA-104818`, `ta104818`, `#104818`, or the number's last digits.
#[must_use]
pub fn number(text: &str) -> Option<Number> {
    let upper = text.trim_start_matches('#').to_ascii_uppercase();
    let (prefixed, digits) = match upper.strip_prefix("TA") {
        Some(rest) => (true, rest.trim_start_matches('-')),
        None => (false, upper.as_str()),
    };
    let sound = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| if prefixed { Number::Whole(format!("TA-{digits}")) } else { Number::End(digits.to_owned()) })
}

/// A whole number of an order, in any of its spellings.
#[must_use]
pub fn whole_number(text: &str) -> Option<String> {
    match number(text) {
        Some(Number::Whole(number)) => Some(number),
        _ => None,
    }
}
