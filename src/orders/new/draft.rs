//! What was chosen so far, as the page's address has it. No I/O.

use super::PATH;
use crate::{error::AppError, list::model::encode};
use uuid::Uuid;

/// Most lines of an order, as of the shop's own.
const MOST_LINES: usize = 100;
/// Most pieces of a line.
pub const MOST_PIECES: i32 = 999;
/// Longest SKU, as the tables have it.
const LONGEST_SKU: usize = 100;

/// Who orders and what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Whose order it is; nobody was chosen yet: whom to look for is asked.
    pub customer: Option<Uuid>,
    /// SKU and pieces, each SKU once.
    pub items: Vec<(String, i32)>,
    /// What is looked for: a customer as long as there is none, then articles.
    pub text: String,
    /// The form that is open: `place` or `customer`.
    pub act: String,
}

impl Draft {
    /// Reads an address, or what stands behind its `?`.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] for one that no page of ours leads to.
    pub fn read(address: &str) -> Result<Self, AppError> {
        let text = address.split_once('?').map_or(address, |(_, query)| query);
        let mut draft = Self::default();
        let mut open = false;
        let parse = |text: &str| form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>();
        // a search keeps what was chosen in one field
        let (kept, own): (Vec<_>, Vec<_>) = parse(text).into_iter().partition(|(name, _)| name == "order");
        for (name, value) in kept.iter().flat_map(|(_, chosen)| parse(chosen)).chain(own) {
            match (name.as_str(), value.trim()) {
                (_, "") => {}
                ("customer", id) => draft.customer = Some(id.parse().map_err(|_| unreadable("This is no customer."))?),
                ("item", sku) => {
                    if sku.len() > LONGEST_SKU || sku.contains(char::is_control) {
                        return Err(unreadable("This is no SKU."));
                    }
                    draft.add(sku, 1);
                    open = true;
                }
                ("n", pieces) if open => {
                    let pieces: i32 = pieces.parse().map_err(|_| unreadable("Pieces are a number."))?;
                    if let Some((_, own)) = draft.items.last_mut() {
                        *own = pieces;
                    }
                    open = false;
                }
                ("q", text) => text.chars().take(LONGEST_SKU).collect::<String>().clone_into(&mut draft.text),
                ("act", act) => act.clone_into(&mut draft.act),
                _ => {}
            }
        }
        draft.items.retain(|(_, pieces)| *pieces > 0);
        if draft.items.len() > MOST_LINES {
            return Err(unreadable(&format!("An order has at most {MOST_LINES} lines.")));
        }
        if draft.items.iter().any(|(_, pieces)| *pieces > MOST_PIECES) {
            return Err(unreadable(&format!("A line has at most {MOST_PIECES} pieces.")));
        }
        Ok(draft)
    }

    /// Adds pieces: to the line of the SKU, or as a line of its own at the end.
    fn add(&mut self, sku: &str, pieces: i32) {
        let mut line = match self.items.iter().position(|(own, _)| own == sku) {
            // what is read next is about this line
            Some(at) => self.items.remove(at),
            None => (sku.to_owned(), 0),
        };
        line.1 = line.1.saturating_add(pieces);
        self.items.push(line);
    }

    /// With one piece more of a SKU.
    pub fn with(&self, sku: &str) -> Self {
        let mut draft = self.clone();
        match draft.items.iter_mut().find(|(own, _)| own == sku) {
            Some((_, pieces)) => *pieces = pieces.saturating_add(1).min(MOST_PIECES),
            None => draft.add(sku, 1),
        }
        draft
    }

    /// Without a SKU.
    pub fn without(&self, sku: &str) -> Self {
        let items = self.items.iter().filter(|(own, _)| own != sku).cloned().collect();
        Self { items, ..self.clone() }
    }

    /// For another customer, or nobody yet.
    pub fn of(&self, customer: Option<Uuid>) -> Self {
        Self { customer, text: String::new(), act: String::new(), ..self.clone() }
    }

    /// With this form open.
    pub fn opened(&self, act: &str) -> Self {
        Self { act: act.to_owned(), ..self.clone() }
    }

    /// Who and what, as it stands behind the `?` of the address.
    pub fn chosen(&self) -> String {
        let customer = self.customer.map(|id| format!("customer={id}"));
        let items = self.items.iter().map(|(sku, pieces)| format!("item={}&n={pieces}", encode(sku)));
        customer.into_iter().chain(items).collect::<Vec<_>>().join("&")
    }

    /// The page's address.
    pub fn address(&self) -> String {
        let mut parts = vec![self.chosen()];
        for (name, value) in [("q", &self.text), ("act", &self.act)] {
            if !value.is_empty() {
                parts.push(format!("{name}={}", encode(value)));
            }
        }
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", parts.join("&")) }
    }
}

fn unreadable(why: &str) -> AppError {
    AppError::BadRequest(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(of: &[(&str, i32)]) -> Vec<(String, i32)> {
        of.iter().map(|(sku, pieces)| ((*sku).to_owned(), *pieces)).collect()
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let draft = Draft {
            customer: Some(Uuid::from_u128(7)),
            items: items(&[("TA-1/ä", 2), ("B", 1)]),
            text: "usb c".into(),
            act: "place".into(),
        };
        assert_eq!(Draft::read(&draft.address()).ok(), Some(draft));
        assert_eq!(Draft::default().address(), PATH);
    }

    #[test]
    fn the_same_article_is_one_line_and_none_of_it_no_line() {
        let read = |text| Draft::read(text).map(|draft| draft.items).ok();
        assert_eq!(read("item=A&item=B&n=3&item=A"), Some(items(&[("B", 3), ("A", 2)])));
        assert_eq!(read("item=A&n=0&item=B"), Some(items(&[("B", 1)])));
        assert_eq!(read("n=5&item=A"), Some(items(&[("A", 1)])), "a number before any line");
        assert_eq!(read("item=A&n="), Some(items(&[("A", 1)])), "a field that was cleared");
        let draft = Draft::read("item=A&n=999").unwrap();
        assert_eq!(draft.with("A").items, draft.items);
        assert_eq!(draft.with("B").without("A").items, items(&[("B", 1)]));
    }

    #[test]
    fn a_search_keeps_what_was_chosen() {
        let draft = Draft { customer: Some(Uuid::from_u128(7)), items: items(&[("A&B", 2)]), ..Draft::default() };
        let address = format!("{PATH}?q=usb&order={}", encode(&draft.chosen()));
        assert_eq!(Draft::read(&address).ok(), Some(Draft { text: "usb".into(), ..draft }));
    }

    #[test]
    fn what_no_page_of_ours_says_is_refused() {
        for wrong in ["customer=1", "item=A&n=x", "item=A&n=1000", "item=%00", &format!("item={}", "A".repeat(101))] {
            assert!(Draft::read(wrong).is_err(), "{wrong}");
        }
        let many = (0..101).map(|number| format!("item={number}")).collect::<Vec<_>>().join("&");
        assert!(Draft::read(&many).is_err());
    }
}
