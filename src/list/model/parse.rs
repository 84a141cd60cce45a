//! Queries from text: only the server reads addresses as text.

use super::Query;

impl Query {
    /// From the text behind the `?` of an address.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::new(form_urlencoded::parse(text.as_bytes()).into_owned())
    }

    /// The path of an address, and its query.
    #[must_use]
    pub fn of_address(address: &str) -> (&str, Self) {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        (path, Self::parse(query))
    }
}
