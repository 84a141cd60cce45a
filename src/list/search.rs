//! Reading what a search box asks for: words with fields, plain ones, and what is left as a name. No I/O.

use super::words::{Token, check, rest, tokens};
use crate::server::texts::is_country;

/// A word as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it is about: `Total`.
    pub label: &'static str,
    /// Its value, for people: `over 500`.
    pub value: String,
    /// The search without it.
    pub without: String,
}

/// A search that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search<F> {
    /// What to look for.
    pub filter: F,
    /// Its words, for chips.
    pub words: Vec<Word>,
    /// What can't be looked for, each in a sentence with what to do.
    pub problems: Vec<String>,
}

/// What a word is about and its value, for people; or what is wrong with it, in a sentence.
pub type Understood = Result<(&'static str, String), String>;

/// Who reads the searches of a list.
pub trait Reads {
    /// What the rows must fit.
    type Filter: Default;
    /// What a name is the name of: `Customer`.
    const NAMED: &'static str;
    /// Fields that a search can have once: a second one would take the place of the first.
    const ONCE: &'static [&'static str];

    /// Reads a field's value into the filter.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    fn field(&self, filter: &mut Self::Filter, field: &str, value: &str) -> Understood;

    /// Reads a word without a field; nothing when it is part of a name.
    fn plain(&self, filter: &mut Self::Filter, text: &str) -> Option<Understood>;

    /// Reads the words of a name.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    fn name(&self, filter: &mut Self::Filter, words: Vec<String>) -> Result<(), String>;

    /// Reads a search. A word that can't be read is a problem that is told, never ignored.
    fn read(&self, text: &str) -> Search<Self::Filter> {
        let mut search = Search { filter: Self::Filter::default(), words: Vec::new(), problems: Vec::new() };
        if let Err(problem) = check(text) {
            search.problems.push(problem);
            return search;
        }
        let tokens = tokens(text);
        let mut name = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let field = token.field().map(|(field, _)| field).filter(|field| Self::ONCE.contains(field));
            if let Some(field) = field
                && tokens[..at].iter().any(|before| before.field().is_some_and(|(other, _)| other == field))
            {
                search.problems.push(format!("“{field}:” can be there once. Take one of them away."));
                continue;
            }
            match self.token(&mut search.filter, token) {
                Some(Ok((label, value))) => {
                    search.words.push(Word { label, value, without: rest(&tokens, |other| other != at) });
                }
                Some(Err(problem)) => search.problems.push(problem),
                None => name.push(at),
            }
        }
        if !name.is_empty() {
            let words: Vec<String> = name.iter().map(|&at| tokens[at].text.clone()).collect();
            let (value, without) = (words.join(" "), rest(&tokens, |other| !name.contains(&other)));
            match self.name(&mut search.filter, words) {
                Ok(()) => search.words.push(Word { label: Self::NAMED, value, without }),
                Err(problem) => search.problems.push(problem),
            }
        }
        search
    }

    /// Reads a word; nothing when it is part of a name.
    fn token(&self, filter: &mut Self::Filter, token: &Token) -> Option<Understood> {
        match token.field() {
            Some((field, "")) => {
                Some(Err(format!("“{field}:” has no value. Write it behind the colon, without a space.")))
            }
            Some((field, value)) => Some(self.field(filter, field, value)),
            None => self.plain(filter, &token.text),
        }
    }
}

/// Countries as a search names them: two letters, ISO 3166, several by commas.
///
/// # Errors
/// What is wrong with them, in a sentence.
pub fn countries(value: &str) -> Result<Vec<String>, String> {
    let codes: Vec<String> = value.split(',').map(str::to_ascii_uppercase).collect();
    if codes.iter().all(|code| is_country(code)) {
        return Ok(codes);
    }
    Err(format!("“{value}” is no country. Use two letters, such as DE, or several: DE,AT."))
}
