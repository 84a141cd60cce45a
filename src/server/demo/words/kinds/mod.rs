//! What the shop sells: 30 kinds of goods, each with its brands, series, specifications and prices.
//!
//! Values of a specification run from modest to best: a dear product draws from the end of the list.
//! In texts `{name}` is the product, `{brand}` its maker and `[Spec]` the value of that specification.

mod computing;
mod gear;
mod living;

use crate::server::demo::pictures::Shape;

pub struct Kind {
    /// Used in addresses of pictures.
    pub key: &'static str,
    /// One of it, as a customer would say.
    pub noun: &'static str,
    pub category: &'static str,
    /// Name of the category above.
    pub parent: &'static str,
    /// Begins the article number.
    pub code: &'static str,
    /// Share of the products, relative to the other kinds.
    pub share: u32,
    /// How often it lands in a basket, relative to the other kinds.
    pub demand: u32,
    /// Cheapest and dearest, in euros.
    pub price: (u32, u32),
    /// Lightest and heaviest parcel, in grams.
    pub grams: (u32, u32),
    pub shape: Shape,
    pub brands: &'static [&'static str],
    pub series: &'static [&'static str],
    pub models: &'static [&'static str],
    /// In what its variants differ.
    pub axis: Option<Axis>,
    pub specs: &'static [(&'static str, &'static [&'static str])],
    pub opening: &'static [&'static str],
    pub detail: &'static [&'static str],
    pub closing: &'static [&'static str],
}

pub struct Axis {
    pub name: &'static str,
    pub values: &'static [AxisValue],
}

pub struct AxisValue {
    pub label: &'static str,
    pub code: &'static str,
    /// What it costs more than the first, in per cent of the base price.
    pub surcharge: u32,
}

const fn value(label: &'static str, code: &'static str, surcharge: u32) -> AxisValue {
    AxisValue { label, code, surcharge }
}

const DARK_COLOURS: Axis = Axis {
    name: "Colour",
    values: &[
        value("Graphite", "GRA", 0),
        value("Silver", "SIL", 0),
        value("Midnight blue", "BLU", 0),
        value("Sand", "SAN", 0),
    ],
};

const BRIGHT_COLOURS: Axis = Axis {
    name: "Colour",
    values: &[
        value("Black", "BLK", 0),
        value("White", "WHT", 0),
        value("Coral", "COR", 0),
        value("Forest green", "GRN", 0),
    ],
};

/// The categories that hold categories, each with the one above it.
pub static PARENT_CATEGORIES: [(&str, Option<&str>); 10] = [
    ("Computers", None),
    ("Laptops", Some("Computers")),
    ("Components", None),
    ("Peripherals", None),
    ("Phones & wearables", None),
    ("Audio", None),
    ("Headphones", Some("Audio")),
    ("TV & photo", None),
    ("Smart home", None),
    ("Networking", None),
];

/// The brands, all invented, each with the country it says it comes from.
pub static BRANDS: [(&str, &str); 25] = [
    ("Arvana", "DE"),
    ("Belmora", "IT"),
    ("Calvox", "NL"),
    ("Dornik", "CZ"),
    ("Elvara", "SE"),
    ("Fenwik", "DK"),
    ("Gravon", "DE"),
    ("Halvera", "NO"),
    ("Ilmaris", "FI"),
    ("Jorvika", "SE"),
    ("Kestrin", "DE"),
    ("Lumeno", "FR"),
    ("Marvik", "DK"),
    ("Novaryn", "NL"),
    ("Orvello", "IT"),
    ("Pelaro", "ES"),
    ("Quintar", "AT"),
    ("Rivonic", "FR"),
    ("Solvane", "BE"),
    ("Tarnevo", "PL"),
    ("Ulvane", "FI"),
    ("Vintera", "PT"),
    ("Wexlo", "DE"),
    ("Ysmera", "ES"),
    ("Zentaro", "PL"),
];

/// Ends a description where the kind has nothing of its own to say.
pub static GENERAL_CLOSING: [&str; 7] = [
    "{brand} keeps spare parts for at least seven years.",
    "The carton is made of recycled paper and has no plastic inside.",
    "Two years’ warranty are included, and {brand} repairs in Europe.",
    "It is one of the articles that our customers send back least.",
    "A printed quick guide in nine languages is in the box.",
    "Our own workshop has tested it for four weeks.",
    "It leaves our warehouse on the day of your order.",
];

/// Every kind, in the order of the shop's menu.
pub fn all() -> impl Iterator<Item = &'static Kind> {
    computing::KINDS.iter().chain(&gear::KINDS).chain(&living::KINDS)
}
