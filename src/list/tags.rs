//! Tags: words that staff put on a row to find it by. No I/O.

/// Most tags of a row, and letters of one; the tables have the same limits (`are_tags`).
pub const MOST_TAGS: usize = 20;
const LONGEST_TAG: usize = 30;

/// A tag as it is stored: small letters, digits, spaces, dashes.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn tag(text: &str) -> Result<String, String> {
    let tag = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let sound = tag.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-'));
    if tag.is_empty() || tag.chars().count() > LONGEST_TAG || !sound {
        return Err(format!(
            "“{text}” is no tag. A tag has letters, digits, spaces and dashes, {LONGEST_TAG} at most."
        ));
    }
    Ok(tag)
}

/// Tags separated by commas, each once, in their order.
///
/// # Errors
/// What is wrong with them, in a sentence.
pub fn tags(text: &str) -> Result<Vec<String>, String> {
    let mut tags = Vec::new();
    for word in text.split(',').filter(|word| !word.trim().is_empty()) {
        let tag = tag(word)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(format!("There can be at most {MOST_TAGS} tags; these are {}.", tags.len()));
    }
    Ok(tags)
}

/// What becomes of tags when some are put on and some taken off; too many is nothing.
#[must_use]
pub fn changed(now: &[String], add: &[String], remove: &[String]) -> Option<Vec<String>> {
    let mut tags: Vec<String> = now.iter().filter(|tag| !remove.contains(tag)).cloned().collect();
    tags.extend(add.iter().filter(|tag| !now.contains(tag)).cloned());
    (tags.len() <= MOST_TAGS).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_in_one_spelling() {
        assert_eq!(tag("  Big  Spender "), Ok("big spender".into()));
        for wrong in ["", " ", "a,b", "a;b", "<b>", &"x".repeat(31)] {
            assert!(tag(wrong).is_err(), "{wrong}");
        }
        assert_eq!(tags("VIP, gift,, vip "), Ok(vec!["vip".to_owned(), "gift".to_owned()]));
        assert_eq!(tags(""), Ok(Vec::new()));
        let many: Vec<String> = (0..21).map(|n| format!("t{n}")).collect();
        assert!(tags(&many.join(",")).unwrap_err().contains("at most 20"));
    }

    #[test]
    fn some_are_put_on_and_others_taken_off() {
        let words = |text: &str| tags(text).unwrap();
        assert_eq!(
            changed(&words("vip, gift"), &words("fragile, vip"), &words("gift, late")),
            Some(words("vip, fragile"))
        );
        let many: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
        assert_eq!(changed(&many, &words("vip"), &[]), None);
        assert_eq!(changed(&many, &words("t3"), &[]), Some(many.clone()));
        assert_eq!(changed(&many, &words("vip"), &words("t0")).map(|tags| tags.len()), Some(20));
    }
}
