//! What a cell of a file holds.

/// A cell of an exported file.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// An amount in hundredths: minor units.
    Hundredths(i64),
    /// A time as the clock on the wall shows it in the person's zone.
    Moment(jiff::civil::DateTime),
}

/// A column's head and how wide it is in a spreadsheet, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its text.
    pub title: String,
    /// Its width.
    pub width: u8,
}
