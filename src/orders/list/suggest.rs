//! What a search could go on with, while it is being typed: fields, their values, numbers of orders, people.

use super::{filters::FILTERS, search::Names, statements::suggestion_statement};
use crate::{auth::guard::Ctx, error::AppError, orders::model::Status};

/// Most suggestions.
const MOST: usize = 8;
/// Letters of a name, digits of a number, before they are looked up.
const ENOUGH: usize = 3;
/// Longest text that is looked at.
const LONGEST: usize = 200;
/// Fields that aren't filters, and what they take.
const MORE_FIELDS: [&str; 3] = ["customer", "email", "phone"];

/// The whole text with its last word completed, the likeliest first.
///
/// # Errors
/// When the database says no.
pub async fn suggest(ctx: &Ctx, text: &str) -> Result<Vec<String>, AppError> {
    if text.len() > LONGEST {
        return Ok(Vec::new());
    }
    let (before, last) = split(text);
    let names = super::service::names(ctx).await?;
    let mut words = completed(last, &names);
    if words.is_empty() {
        words = found(ctx, last).await?;
    }
    words.truncate(MOST);
    Ok(words.into_iter().map(|word| format!("{before}{word}")).collect())
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

/// The fields that begin so, or the values that the field has.
fn completed(word: &str, names: &Names) -> Vec<String> {
    let word = word.to_lowercase();
    let Some((field, part)) = word.split_once(':') else {
        if word.is_empty() {
            return Vec::new();
        }
        let filters = FILTERS.iter().map(|filter| filter.word.0);
        let mut fields: Vec<&str> = std::iter::once("status").chain(filters).chain(MORE_FIELDS).collect();
        fields.dedup();
        return fields.into_iter().filter(|field| field.starts_with(&word)).map(|field| format!("{field}:")).collect();
    };
    let values: Vec<String> = match field {
        "status" => Status::ALL.iter().map(|status| status.code().to_lowercase()).collect(),
        "warehouse" => names.warehouses.iter().map(|house| house.code.clone()).collect(),
        "assigned" => {
            let people = names.colleagues.iter().map(|one| format!("\"{}\"", one.name.to_lowercase()));
            ["me", "nobody"].map(str::to_owned).into_iter().chain(people).collect()
        }
        _ => {
            let of_field = FILTERS.iter().filter(|filter| filter.word == (field, ""));
            of_field.flat_map(|filter| filter.options.iter().map(|(code, _)| (*code).to_owned())).collect()
        }
    };
    let fits = |value: &String| {
        value.to_lowercase().trim_start_matches('"').starts_with(part.trim_start_matches('"'))
            && value.len() > part.len()
    };
    values.into_iter().filter(fits).map(|value| format!("{field}:{value}")).collect()
}

/// Numbers of orders that end so, people whose name has it.
async fn found(ctx: &Ctx, word: &str) -> Result<Vec<String>, AppError> {
    let digits = word.trim_start_matches(|c: char| !c.is_ascii_digit());
    let is_number = digits.len() >= ENOUGH && digits.bytes().all(|byte| byte.is_ascii_digit());
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    if !is_number && letters < ENOUGH || word.contains(':') {
        return Ok(Vec::new());
    }
    let mut sql = suggestion_statement(if is_number { digits } else { word }, is_number, MOST);
    let names: Vec<String> = sql.build_query_scalar().fetch_all(&ctx.state.db).await?;
    Ok(if is_number { names } else { names.into_iter().map(|name| format!("customer:\"{name}\"")).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::list::search::{Colleague, Warehouse};
    use uuid::Uuid;

    #[test]
    fn the_last_word_is_what_goes_on() {
        assert_eq!(split("status:shipped tot"), ("status:shipped ", "tot"));
        assert_eq!(split("customer:\"van der"), ("", "customer:\"van der"));
        assert_eq!(split("a "), ("a ", ""));
        assert_eq!(split(""), ("", ""));
    }

    #[test]
    fn fields_and_values_are_completed() {
        let house = |code: &str| Warehouse { id: Uuid::nil(), code: code.into(), name: String::new() };
        let sam = Colleague { id: Uuid::nil(), name: "Sam Support".into() };
        let names = Names { warehouses: vec![house("HAM"), house("MUC")], colleagues: vec![sam] };
        let none = Names::default();
        assert_eq!(completed("assigned:s", &names), ["assigned:\"sam support\""]);
        assert_eq!(completed("assigned:n", &names), ["assigned:nobody"]);
        assert_eq!(completed("sta", &none), ["status:"]);
        assert_eq!(completed("s", &none), ["status:", "source:", "sku:"]);
        assert_eq!(completed("status:sh", &none), ["status:shipped"]);
        assert_eq!(completed("payment:part", &none), ["payment:partially_refunded"]);
        assert_eq!(completed("warehouse:h", &names), ["warehouse:HAM"]);
        assert_eq!(completed("status:shipped", &none), Vec::<String>::new(), "there is nothing to complete");
        assert_eq!(completed("Erika", &none), Vec::<String>::new());
    }
}
