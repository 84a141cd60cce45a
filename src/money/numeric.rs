//! NUMERIC(12,2) to minor units and back.

use super::Money;
use rust_decimal::{Decimal, prelude::ToPrimitive};

impl Money {
    /// From a NUMERIC of the database. Amounts there have two decimals and fit an `i64` by their type,
    /// NUMERIC(12,2); a larger one is shown as the largest, never wrapped.
    #[must_use]
    pub fn from_numeric(amount: Decimal, currency: &str) -> Self {
        let minor = (amount * Decimal::ONE_HUNDRED).round().to_i64().unwrap_or(i64::MAX);
        Self { minor, currency: currency.to_owned() }
    }

    /// As NUMERIC with two decimals.
    #[must_use]
    pub fn to_numeric(&self) -> Decimal {
        Decimal::new(self.minor, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_and_minor_units_agree_both_ways() {
        let money = Money::from_numeric(Decimal::new(185_890, 2), "EUR");
        assert_eq!(money.minor, 185_890);
        assert_eq!(money.to_numeric(), Decimal::new(185_890, 2));
        assert_eq!(Money::from_numeric(Decimal::from(7), "EUR").minor, 700);
    }
}
