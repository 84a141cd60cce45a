//! `Range: bytes=…`, one range.

use super::answers::Refusal;

/// First byte and number of bytes that a header asks for of so many; nothing where it isn't to be heeded.
pub(super) fn of(header: &str, size: u64) -> Result<Option<(u64, u64)>, Refusal> {
    let Some((from, to)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let refused = Err(Refusal::InvalidRange);
    let (first, last) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(first), Ok(last)) if last < first => return Ok(None),
        (Ok(first), Ok(last)) => (first, last.min(size.saturating_sub(1))),
        (Ok(first), Err(_)) if to.is_empty() => (first, size.saturating_sub(1)),
        (Err(_), Ok(0)) if from.is_empty() => return refused,
        (Err(_), Ok(count)) if from.is_empty() => (size.saturating_sub(count), size.saturating_sub(1)),
        _ => return Ok(None),
    };
    if first >= size { refused } else { Ok(Some((first, last - first + 1))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_has_them() {
        let read = |text| of(text, 10).map_err(|_| "refused");
        assert_eq!(read("bytes=0-0"), Ok(Some((0, 1))));
        assert_eq!(read("bytes=2-5"), Ok(Some((2, 4))));
        assert_eq!(read("bytes=8-99"), Ok(Some((8, 2))));
        assert_eq!(read("bytes=4-"), Ok(Some((4, 6))));
        assert_eq!(read("bytes=-3"), Ok(Some((7, 3))));
        assert_eq!(read("bytes=-30"), Ok(Some((0, 10))));
        for unheeded in ["bytes=", "bytes=-", "bytes=5-4", "items=0-1", "bytes=a-b", "bytes=0-1,2-3"] {
            assert_eq!(read(unheeded), Ok(None), "{unheeded}");
        }
        for refused in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(read(refused), Err("refused"), "{refused}");
        }
        assert!(of("bytes=0-", 0).is_err());
    }
}
