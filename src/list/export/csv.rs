//! CSV as RFC 4180 has it, for people who open it in a spreadsheet: UTF-8 with a mark, and no text that is a formula.

use super::value::{Head, Value};
use rust_decimal::Decimal;
use std::fmt::Write;

/// Writes rows into a buffer that is taken away piece by piece.
pub struct Csv {
    text: String,
}

impl Csv {
    /// A file with its heads.
    #[must_use]
    pub fn new(heads: &[Head]) -> Self {
        // the mark tells spreadsheets that it is UTF-8
        let mut csv = Self { text: "\u{feff}".to_owned() };
        for (at, head) in heads.iter().enumerate() {
            csv.separate(at);
            csv.quoted(&head.title);
        }
        csv.text.push_str("\r\n");
        csv
    }

    /// More rows of a file whose beginning is elsewhere.
    #[must_use]
    pub const fn going_on() -> Self {
        Self { text: String::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, row: &[Value]) {
        if row == [Value::Empty] {
            // readers leave out empty lines
            self.text.push_str("\"\"");
        }
        for (at, value) in row.iter().enumerate() {
            self.separate(at);
            match value {
                Value::Empty => {}
                Value::Text(text) if is_formula(text) => self.quoted(&format!("'{text}")),
                Value::Text(text) => self.quoted(text),
                Value::Whole(number) => _ = write!(self.text, "{number}"),
                Value::Hundredths(amount) => _ = write!(self.text, "{}", Decimal::new(*amount, 2)),
                Value::Moment(at) => _ = write!(self.text, "{}", at.strftime("%Y-%m-%d %H:%M:%S")),
            }
        }
        self.text.push_str("\r\n");
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        let room = self.text.len();
        std::mem::replace(&mut self.text, String::with_capacity(room)).into_bytes()
    }

    fn separate(&mut self, at: usize) {
        if at > 0 {
            self.text.push(',');
        }
    }

    fn quoted(&mut self, text: &str) {
        if text.contains([',', '"', '\r', '\n']) || text.trim() != text {
            self.text.push('"');
            for part in text.split_inclusive('"') {
                self.text.push_str(part);
                if part.ends_with('"') {
                    self.text.push('"');
                }
            }
            self.text.push('"');
        } else {
            self.text.push_str(text);
        }
    }
}

/// Whether a spreadsheet would take a text for a formula (OWASP: CSV injection), blanks before it or not.
fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start_matches(|letter: char| letter.is_whitespace() || letter == '"')
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(titles: &[&str]) -> Vec<Head> {
        titles.iter().map(|title| Head { title: (*title).to_owned(), width: 10 }).collect()
    }

    fn line(values: &[Value]) -> String {
        let mut csv = Csv::new(&[]);
        csv.take();
        csv.row(values);
        String::from_utf8(csv.take()).unwrap()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn a_file_begins_with_its_mark_and_heads() {
        let mut csv = Csv::new(&heads(&["Order", "Placed (Europe/Berlin)", "a,b"]));
        csv.row(&[text("TA-1"), Value::Empty, Value::Whole(-3)]);
        let file = String::from_utf8(csv.take()).unwrap();
        assert_eq!(file, "\u{feff}Order,Placed (Europe/Berlin),\"a,b\"\r\nTA-1,,-3\r\n");
        assert!(csv.take().is_empty());
    }

    #[test]
    fn numbers_and_times_are_plain() {
        let at = jiff::civil::date(2026, 11, 21).at(9, 5, 0, 0);
        let row = [Value::Hundredths(185_890), Value::Hundredths(-5), Value::Moment(at)];
        assert_eq!(line(&row), "1858.90,-0.05,2026-11-21 09:05:00\r\n");
    }

    #[test]
    fn a_lone_empty_cell_is_a_row() {
        assert_eq!(line(&[Value::Empty]), "\"\"\r\n");
        assert_eq!(line(&[Value::Empty, Value::Empty]), ",\r\n");
    }

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        assert_eq!(line(&[text("a\"b"), text("x\r\ny"), text(" z")]), "\"a\"\"b\",\"x\r\ny\",\" z\"\r\n");
        assert_eq!(line(&[text("Zoë, Ltd")]), "\"Zoë, Ltd\"\r\n");
    }

    #[test]
    fn no_text_is_a_formula() {
        for evil in [
            "=1+1",
            "+49 40",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "  =cmd|' /C calc'!A0",
            "\"=1",
            "＝1",
            "＋1",
            "－1",
            "＠A",
            "\r=1",
        ] {
            let line = line(&[text(evil)]);
            assert!(line.trim_start_matches('"').starts_with('\''), "{evil:?}: {line:?}");
        }
        assert_eq!(line(&[text("O'Neil"), text("a=b")]), "O'Neil,a=b\r\n");
    }
}
