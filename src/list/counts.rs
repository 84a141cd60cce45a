//! How many rows there are, in words: exact while that is cheap.

use crate::money;

/// With thousands separated: `1,234`.
#[must_use]
pub fn grouped(count: i64) -> String {
    let sign = if count < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", money::grouped(count.unsigned_abs()))
}

/// A number that was counted to `most` and no further, so that `most` itself may be more: `1,000+`.
#[must_use]
pub fn until(count: i64, most: i64) -> String {
    if count >= most { format!("{}+", grouped(most)) } else { grouped(count) }
}

/// A number that was counted up to `most`: `10,000+`.
#[must_use]
pub fn up_to(count: i64, most: i64) -> String {
    if count > most { format!("{}+", grouped(most)) } else { grouped(count) }
}

/// A number with its noun: `1 order`, `1,234 orders`.
#[must_use]
pub fn of(count: i64, (one, many): (&str, &str)) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// What stands below a list: `50 of 1,234 orders`. `count` is nothing where counting was given up.
#[must_use]
pub fn summary(shown: usize, count: Option<i64>, most: i64, (one, many): (&str, &str)) -> String {
    let shown = i64::try_from(shown).unwrap_or(i64::MAX);
    let noun = |count| if count == 1 { one } else { many };
    match count {
        Some(count) if count == shown => format!("{} {}", grouped(count), noun(count)),
        Some(count) => format!("{} of {} {}", grouped(shown), up_to(count, most), noun(count)),
        None => format!("{} {} on this page, of many", grouped(shown), noun(shown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_rows_are_exact_while_they_are_known() {
        let text = |shown, count| summary(shown, count, 10_000, ("order", "orders"));
        assert_eq!(text(1, Some(1)), "1 order");
        assert_eq!(text(50, Some(1_234)), "50 of 1,234 orders");
        assert_eq!(text(50, Some(10_000)), "50 of 10,000 orders");
        assert_eq!(text(50, Some(10_001)), "50 of 10,000+ orders");
        assert_eq!(text(50, None), "50 orders on this page, of many");
        assert_eq!(text(0, Some(0)), "0 orders");
        assert_eq!((until(999, 1_000), until(1_000, 1_000)), ("999".into(), "1,000+".into()));
        assert_eq!(
            (of(1, ("order", "orders")), of(1_234, ("order", "orders"))),
            ("1 order".into(), "1,234 orders".into())
        );
        assert_eq!(grouped(-1_234_567), "\u{2212}1,234,567");
    }
}
