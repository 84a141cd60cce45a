//! What a search could go on with, while it is being typed: fields, their values, names of people. Never an address or a
//! number: what is masked isn't completed.

use super::filters::FILTERS;
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    list::suggest::{ENOUGH, MOST, completed, last_word, whole},
    users::{find::names_statement, model::Status},
};

/// Fields that aren't filters.
const MORE_FIELDS: [&str; 2] = ["email", "phone"];

/// The whole text with its last word completed, the likeliest first.
///
/// # Errors
/// When the database says no.
pub async fn suggest(ctx: &Ctx, text: &str) -> Result<Vec<String>, AppError> {
    let Some((before, last)) = last_word(text) else { return Ok(Vec::new()) };
    let mut words = completed(last, &FILTERS, &MORE_FIELDS, |field| match field {
        "status" => Status::ALL.iter().map(|status| status.code().to_owned()).collect(),
        _ => Vec::new(),
    });
    let letters = last.chars().filter(|c| c.is_alphabetic()).count();
    if words.is_empty() && letters >= ENOUGH && !last.contains([':', '@']) {
        let mut sql = names_statement(last, ctx.me.may(Right::ReadStaff), MOST);
        let names: Vec<String> = sql.build_query_scalar().fetch_all(&ctx.state.db).await?;
        words = names.into_iter().map(|name| format!("name:\"{name}\"")).collect();
    }
    Ok(whole(before, words))
}
