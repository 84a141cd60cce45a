//! Finding people by parts of their name, e-mail address or phone number, as far as who looks may see those. The lists of
//! orders and of users look for people by this.

use crate::auth::model::Sight;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

/// Letters from which on the index of parts of names and addresses helps.
const LEAST_LETTERS: usize = 3;
/// Digits that tell a phone number; fewer would match many, and more than a caller's own.
pub const LEAST_PHONE: usize = 7;
/// Digits in a number's middle that who sees numbers can look for.
const LEAST_DIGITS: usize = 4;

/// Who is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Words of the name, in any order.
    Name(Vec<String>),
    /// The whole address.
    Email(String),
    /// A part of it, for those who see addresses.
    EmailPart(String),
    /// The last digits of the phone number.
    Phone(String),
    /// Some of its digits, for those who see numbers.
    PhonePart(String),
    /// These people: what one of the others was found to be.
    Ids(Vec<Uuid>),
}

impl Who {
    /// By words of the name.
    ///
    /// # Errors
    /// What is wrong with them, in a sentence.
    pub fn named(words: &[String]) -> Result<Self, String> {
        if !words.iter().any(|word| word.chars().filter(|letter| letter.is_alphanumeric()).count() >= LEAST_LETTERS) {
            return Err(too_short("name"));
        }
        Ok(Self::Name(words.iter().map(|word| word.to_lowercase()).collect()))
    }

    /// By an e-mail address. Who sees only a mask finds by what the caller says in full: parts would tell letter by
    /// letter what is hidden.
    ///
    /// # Errors
    /// Why that can't be looked for, in a sentence.
    pub fn email(sight: Sight, text: &str) -> Result<Self, String> {
        let text = text.to_lowercase();
        let whole = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        match sight {
            Sight::Hidden => Err("Your role doesn't see e-mail addresses, so it can't search by them.".into()),
            _ if whole => Ok(Self::Email(text)),
            Sight::Masked => Err("Type the whole e-mail address: your role sees addresses masked, so parts of them can't be searched for.".into()),
            Sight::Full if text.chars().count() < LEAST_LETTERS => Err(too_short("e-mail address")),
            Sight::Full => Ok(Self::EmailPart(text)),
        }
    }

    /// By a phone number, however it is written.
    ///
    /// # Errors
    /// Why that can't be looked for, in a sentence.
    pub fn phone(sight: Sight, text: &str) -> Result<Self, String> {
        if sight == Sight::Hidden {
            return Err("Your role doesn't see phone numbers, so it can't search by them.".into());
        }
        let readable = is_number(text);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // a leading 0 is written by some and not by others
        let whole = digits.trim_start_matches('0').to_owned();
        match (whole.len(), digits.len()) {
            (LEAST_PHONE..=15, _) if readable => Ok(Self::Phone(whole)),
            (_, LEAST_DIGITS..=LEAST_PHONE) if readable && sight == Sight::Full => Ok(Self::PhonePart(digits)),
            _ if sight == Sight::Full => {
                Err(format!("“{text}” is no phone number. Type at least {LEAST_DIGITS} of its digits, in a row."))
            }
            _ => Err(format!("“{text}” is no phone number. Type at least its last {LEAST_PHONE} digits.")),
        }
    }

    /// By whatever the text looks like: an address, a number, a name.
    ///
    /// # Errors
    /// Why that can't be looked for, in a sentence.
    pub fn read(contact: Sight, text: &str) -> Result<Self, String> {
        if text.contains('@') {
            Self::email(contact, text)
        } else if is_number(text) {
            Self::phone(contact, text)
        } else {
            Self::named(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        }
    }

    /// The condition on `users` under this name.
    pub fn push(&self, sql: &mut QueryBuilder<Postgres>, users: &str) {
        match self {
            Self::Name(words) => {
                for (number, word) in words.iter().enumerate() {
                    sql.push(if number > 0 { " AND " } else { "" });
                    sql.push(format_args!("lower({users}.first_name || ' ' || {users}.last_name) LIKE "))
                        .push_bind(part(word));
                }
            }
            Self::Email(address) => {
                sql.push(format_args!("{users}.email = ")).push_bind(address.clone());
            }
            Self::EmailPart(text) => {
                sql.push(format_args!("{users}.email LIKE ")).push_bind(part(text));
            }
            Self::Phone(digits) => {
                sql.push(format_args!("regexp_replace({users}.phone_number, '\\D', '', 'g') LIKE "))
                    .push_bind(format!("%{digits}"));
            }
            Self::PhonePart(digits) => {
                sql.push(format_args!("regexp_replace({users}.phone_number, '\\D', '', 'g') LIKE "))
                    .push_bind(format!("%{digits}%"));
            }
            Self::Ids(ids) => {
                sql.push(format_args!("{users}.id = ANY (")).push_bind(ids.clone()).push(")");
            }
        }
    }
}

/// Whether a text has nothing but what phone numbers are written with.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-/() ".contains(&byte))
}

fn too_short(what: &str) -> String {
    format!("Type at least {LEAST_LETTERS} letters of the {what}.")
}

/// The statement for the people that fit, at most one more than `most`. Public for the tests that EXPLAIN it.
#[must_use]
pub fn people_statement(who: &Who, most: usize) -> QueryBuilder<Postgres> {
    // a CTE of its own is planned as if all were wanted: for a LIMIT the planner would read the whole table, thinking that
    // it soon has met enough
    let mut sql = QueryBuilder::new("WITH fit AS MATERIALIZED (SELECT users.id, users.merged_into FROM users WHERE ");
    who.push(&mut sql, "users");
    // who was merged into another account is found, and the other one, which has the orders now
    sql.push(format_args!(
        ") SELECT id FROM (SELECT id FROM fit UNION SELECT account_of(merged_into) FROM fit WHERE merged_into IS NOT NULL) f LIMIT {}",
        most + 1
    ));
    sql
}

/// The people that fit, at most one more than `most`.
///
/// # Errors
/// When the database says no.
pub async fn people(db: &PgPool, who: &Who, most: usize) -> sqlx::Result<Vec<Uuid>> {
    people_statement(who, most).build_query_scalar().fetch_all(db).await
}

/// The statement of suggestions: names that have this word. Public for the tests that EXPLAIN it.
#[must_use]
pub fn names_statement(word: &str, with_staff: bool, most: usize) -> QueryBuilder<Postgres> {
    // as above: all that fit are found by the index, then the first are taken
    let mut sql = QueryBuilder::new(
        "WITH fit AS MATERIALIZED (SELECT first_name || ' ' || last_name AS name FROM users WHERE lower(first_name || ' ' || last_name) LIKE ",
    );
    sql.push_bind(part(&word.to_lowercase()));
    sql.push(if with_staff { "" } else { " AND role = 'customer'" });
    sql.push(format_args!(
        " AND deleted_at IS NULL LIMIT 200) SELECT DISTINCT name FROM fit ORDER BY name LIMIT {most}"
    ));
    sql
}

/// A pattern for texts that have this one in them.
#[must_use]
pub fn part(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(part("100%_a\\b"), "%100\\%\\_a\\\\b%");
    }

    #[test]
    fn parts_of_what_is_masked_find_nobody() {
        let digits = |text: &str| Who::phone(Sight::Full, text);
        assert_eq!(digits("555 02"), Ok(Who::PhonePart("55502".into())));
        assert_eq!(digits("0218"), Ok(Who::PhonePart("0218".into())), "from the middle of a number");
        assert_eq!(digits("040/5550218"), Ok(Who::Phone("405550218".into())));
        assert!(digits("12").unwrap_err().contains("4 of its digits"));
        assert!(Who::phone(Sight::Masked, "55502").unwrap_err().contains("last 7 digits"));
        assert!(Who::phone(Sight::Masked, "+49405550218").is_ok());
        assert!(Who::phone(Sight::Hidden, "+49405550218").is_err());
        assert_eq!(Who::email(Sight::Full, "@Mail"), Ok(Who::EmailPart("@mail".into())));
        assert!(Who::email(Sight::Masked, "erika").is_err() && Who::email(Sight::Hidden, "a@b.de").is_err());
        assert_eq!(Who::email(Sight::Masked, "A@b.de"), Ok(Who::Email("a@b.de".into())));
    }

    #[test]
    fn a_text_is_what_it_looks_like() {
        assert_eq!(Who::read(Sight::Masked, "ida@mail.example"), Ok(Who::Email("ida@mail.example".into())));
        assert_eq!(Who::read(Sight::Masked, "+49 40 5550218"), Ok(Who::Phone("49405550218".into())));
        assert_eq!(Who::read(Sight::Masked, "Ida Testa"), Ok(Who::Name(vec!["ida".into(), "testa".into()])));
        assert!(Who::read(Sight::Masked, "5550").is_err() && Who::read(Sight::Full, "x").is_err());
    }
}
