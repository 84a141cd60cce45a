//! What a search could go on with, while it is being typed: fields, their values, numbers of orders, people.

use super::{filters::FILTERS, search::Names, statements::suggestion_statement};
use crate::{
    auth::guard::Ctx,
    error::AppError,
    list::suggest::{self, ENOUGH, MOST, last_word, whole},
    orders::model::Status,
    users::find::names_statement,
};

/// Fields that aren't filters.
const MORE_FIELDS: [&str; 3] = ["customer", "email", "phone"];

/// The whole text with its last word completed, the likeliest first.
///
/// # Errors
/// When the database says no.
pub async fn suggest(ctx: &Ctx, text: &str) -> Result<Vec<String>, AppError> {
    let Some((before, last)) = last_word(text) else { return Ok(Vec::new()) };
    let names = super::service::names(ctx).await?;
    let mut words = completed(last, &names);
    if words.is_empty() {
        words = found(ctx, last).await?;
    }
    Ok(whole(before, words))
}

/// The fields that begin so, or the values that the field has.
fn completed(word: &str, names: &Names) -> Vec<String> {
    suggest::completed(word, &FILTERS, &MORE_FIELDS, |field| match field {
        "status" => Status::ALL.iter().map(|status| status.code().to_lowercase()).collect(),
        "warehouse" => names.warehouses.iter().map(|house| house.code.clone()).collect(),
        "assigned" => {
            let people = names.colleagues.iter().map(|one| format!("\"{}\"", one.name.to_lowercase()));
            ["me", "nobody"].map(str::to_owned).into_iter().chain(people).collect()
        }
        _ => Vec::new(),
    })
}

/// Numbers of orders that end so, people whose name has it.
async fn found(ctx: &Ctx, word: &str) -> Result<Vec<String>, AppError> {
    let digits = word.trim_start_matches(|c: char| !c.is_ascii_digit());
    let is_number = digits.len() >= ENOUGH && digits.bytes().all(|byte| byte.is_ascii_digit());
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    if !is_number && letters < ENOUGH || word.contains(':') {
        return Ok(Vec::new());
    }
    let mut sql = if is_number { suggestion_statement(digits, MOST) } else { names_statement(word, false, MOST) };
    let names: Vec<String> = sql.build_query_scalar().fetch_all(&ctx.state.db).await?;
    Ok(if is_number { names } else { names.into_iter().map(|name| format!("customer:\"{name}\"")).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::list::search::{Colleague, Warehouse};
    use uuid::Uuid;

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
