//! Queries from text: only the server reads addresses as text.

use super::Query;

impl Query {
    /// From the text behind the `?` of an address.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::new(form_urlencoded::parse(text.as_bytes()).into_owned())
    }
}
