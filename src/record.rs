//! A page of a record as data: what it is, in cards, and what can be done. No I/O.
//!
//! The server writes it and `ui::record_page` draws it, so that another such page costs the bundle its address only.

use crate::{cards::Card, sheet::Sheet};
use serde::{Deserialize, Serialize};

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its title.
    pub title: String,
    /// Class and words of the badge beside it; empty: none.
    pub badge: (String, String),
    /// Links beside the title: icon, words, where.
    pub links: Vec<(String, String, String)>,
    /// Its parts, of which one is shown: words, where, whether it is this one.
    #[serde(default)]
    pub tabs: Vec<(String, String, bool)>,
    /// What it is. As long as it is alive their number stays.
    pub cards: Vec<Card>,
    /// The act that is opened.
    pub sheet: Option<Sheet>,
    /// It changes by itself: asked for again and again.
    pub is_live: bool,
}
