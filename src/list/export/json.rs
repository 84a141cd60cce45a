//! JSON for programs: an array with an object for each row, its names those of the columns. Nothing is defused: no
//! spreadsheet reads it.

use super::value::{Head, Value};
use rust_decimal::Decimal;
use std::fmt::Write;

/// Writes rows into a buffer that is taken away piece by piece. A file that broke off has no end, so that it can't be read.
pub struct Json {
    names: Vec<String>,
    text: String,
    is_first: bool,
}

impl Json {
    /// A file with its beginning.
    #[must_use]
    pub fn new(heads: &[Head]) -> Self {
        Self { names: heads.iter().map(|head| quoted(&head.title)).collect(), text: "[".into(), is_first: true }
    }

    /// Adds a row.
    pub fn row(&mut self, row: &[Value]) {
        self.text.push_str(if self.is_first { "\n{" } else { ",\n{" });
        self.is_first = false;
        for (at, (name, value)) in self.names.iter().zip(row).enumerate() {
            // writing to a String can't fail
            let _ = write!(self.text, "{}{name}:", if at > 0 { "," } else { "" });
            match value {
                Value::Empty => self.text.push_str("null"),
                Value::Text(text) => self.text.push_str(&quoted(text)),
                Value::Whole(number) => _ = write!(self.text, "{number}"),
                Value::Hundredths(amount) => _ = write!(self.text, "{}", Decimal::new(*amount, 2)),
                Value::Moment(at) => _ = write!(self.text, "\"{}\"", at.strftime("%Y-%m-%dT%H:%M:%S")),
            }
        }
        self.text.push('}');
    }

    /// Its end.
    pub fn end(&mut self) {
        self.text.push_str("\n]\n");
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text).into_bytes()
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_by_any_program() {
        let heads = ["What", "Say \"so\"", "Time"].map(|title| Head { title: title.into(), width: 9 });
        let mut json = Json::new(&heads);
        let at = jiff::civil::date(2026, 11, 21).at(9, 5, 0, 0);
        json.row(&[Value::Text("=1+1\n\u{1}ä".into()), Value::Empty, Value::Moment(at)]);
        let begun = String::from_utf8(json.take()).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&begun).is_err(), "it isn't whole");
        json.row(&[Value::Whole(-3), Value::Hundredths(-5), Value::Empty]);
        json.end();
        let file = begun + &String::from_utf8(json.take()).unwrap();
        let read: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!(
            read,
            serde_json::json!([
                {"What": "=1+1\n\u{1}ä", "Say \"so\"": null, "Time": "2026-11-21T09:05:00"},
                {"What": -3, "Say \"so\"": -0.05, "Time": null},
            ])
        );
        let mut empty = Json::new(&heads);
        empty.end();
        assert_eq!(String::from_utf8(empty.take()).unwrap(), "[\n]\n");
    }
}
