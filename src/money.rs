//! Money: whole minor units and a currency. NUMERIC in the database, never a float.

use serde::{Deserialize, Serialize};

/// An amount in minor units (cents) of an ISO 4217 currency with two decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 185890 is 1,858.90.
    pub minor: i64,
    /// ISO 4217 code, such as EUR.
    pub currency: String,
}

impl Money {
    /// The amount alone, with a point and thousands separated: `1,858.90`.
    #[must_use]
    pub fn amount(&self) -> String {
        let sign = if self.minor < 0 { "\u{2212}" } else { "" };
        let units = self.minor.unsigned_abs();
        format!("{sign}{}.{:02}", grouped(units / 100), units % 100)
    }
}

/// A whole number with thousands separated: `1,858`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// With its currency: `1,858.90 EUR`.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

#[cfg(feature = "ssr")]
mod numeric;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_signed() {
        let eur = |minor| Money { minor, currency: "EUR".into() }.to_string();
        assert_eq!(eur(0), "0.00 EUR");
        assert_eq!(eur(5), "0.05 EUR");
        assert_eq!(eur(185_890), "1,858.90 EUR");
        assert_eq!(eur(12_345_678_901), "123,456,789.01 EUR");
        assert_eq!(eur(-100_000), "\u{2212}1,000.00 EUR");
    }
}
