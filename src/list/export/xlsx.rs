//! A workbook with one sheet, written as a stream: rows go out as they come, nothing is kept but the last few kilobytes.

use super::value::{Head, Value};
use jiff::civil::{DateTime, date};
use std::{
    fmt::Write as _,
    io::{Error, ErrorKind, Result, Write},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

/// Rows that a sheet can have, its head among them.
const MOST_LINES: u32 = 1_048_576;
/// Letters that a cell can have.
const MOST_LETTERS: usize = 32_767;
/// Letters that a sheet's name can have.
const LONGEST_NAME: usize = 31;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
/// Formats of cells: 0 as it is, 1 a head, 2 an amount, 3 a time.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;

/// A workbook that is being written.
pub struct Xlsx<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    /// The row that is being put together.
    line: String,
    lines: u32,
}

impl<W: Write> Xlsx<W> {
    /// Begins a workbook: its head is bold and stays on show.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn begin(out: W, sheet: &str, heads: &[Head]) -> Result<Self> {
        let mut zip = ZipWriter::new_stream(out);
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(1));
        let workbook = format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{}" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
            escaped(&sheet_name(sheet))
        );
        for (name, text) in [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", ROOT),
            ("xl/workbook.xml", &workbook),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/styles.xml", STYLES),
        ] {
            zip.start_file(name, options)?;
            zip.write_all(text.as_bytes())?;
        }
        zip.start_file("xl/worksheets/sheet1.xml", options)?;
        let mut columns = String::new();
        for (at, head) in heads.iter().enumerate() {
            let (number, width) = (at + 1, head.width);
            _ = write!(columns, r#"<col min="{number}" max="{number}" width="{width}" customWidth="1"/>"#);
        }
        let columns = if columns.is_empty() { columns } else { format!("<cols>{columns}</cols>") };
        zip.write_all(
            format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>{columns}<sheetData>"#
            )
            .as_bytes(),
        )?;
        let mut workbook = Self { zip, line: String::new(), lines: 0 };
        workbook.line.push_str("<row>");
        for head in heads {
            workbook.text(&head.title, r#" s="1""#);
        }
        workbook.end_line()?;
        Ok(workbook)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the sheet is full, or `out` takes no more.
    pub fn row(&mut self, row: &[Value]) -> Result<()> {
        if self.lines >= MOST_LINES {
            return Err(Error::new(ErrorKind::InvalidInput, "a sheet has no more rows"));
        }
        self.line.push_str("<row>");
        for value in row {
            match value {
                Value::Empty => self.line.push_str("<c/>"),
                Value::Text(text) => self.text(text, ""),
                Value::Whole(number) => self.number("", number),
                Value::Hundredths(amount) => {
                    let sign = if *amount < 0 { "-" } else { "" };
                    let amount = amount.unsigned_abs();
                    self.number(r#" s="2""#, format_args!("{sign}{}.{:02}", amount / 100, amount % 100));
                }
                Value::Moment(at) => self.number(r#" s="3""#, serial(*at)),
            }
        }
        self.end_line()
    }

    /// Ends the workbook.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn finish(mut self) -> Result<()> {
        self.zip.write_all(b"</sheetData></worksheet>")?;
        self.zip.finish()?.into_inner().flush()
    }

    fn end_line(&mut self) -> Result<()> {
        self.line.push_str("</row>");
        self.zip.write_all(self.line.as_bytes())?;
        self.line.clear();
        self.lines += 1;
        Ok(())
    }

    /// A text in its cell itself: no program takes it for a formula.
    fn text(&mut self, text: &str, style: &str) {
        self.line.push_str(r#"<c t="inlineStr""#);
        self.line.push_str(style);
        self.line.push_str(r#"><is><t xml:space="preserve">"#);
        self.line.push_str(&escaped(text));
        self.line.push_str("</t></is></c>");
    }

    fn number(&mut self, style: &str, number: impl std::fmt::Display) {
        _ = write!(self.line, "<c{style}><v>{number}</v></c>");
    }
}

/// Days since the end of 1899, as spreadsheets count.
#[expect(clippy::cast_precision_loss, reason = "some ten million minutes at most")]
fn serial(at: DateTime) -> f64 {
    let since = at.duration_since(date(1899, 12, 30).at(0, 0, 0, 0));
    since.as_secs() as f64 / 86_400.0
}

/// For XML: what it reserves is written otherwise, what it forbids is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().take(MOST_LETTERS) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(letter),
        }
    }
    out
}

/// A name as spreadsheets allow it.
fn sheet_name(text: &str) -> String {
    let name: String = text
        .chars()
        .filter(|letter| !matches!(letter, '[' | ']' | ':' | '*' | '?' | '/' | '\\'))
        .take(LONGEST_NAME)
        .collect();
    if name.is_empty() { "Sheet".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};

    fn sheet(rows: &[Vec<Value>]) -> String {
        let heads = [Head { title: "A & B".into(), width: 12 }, Head { title: "C".into(), width: 8 }];
        let mut file = Vec::new();
        let mut workbook = Xlsx::begin(&mut file, "Or/ders", &heads).unwrap();
        for row in rows {
            workbook.row(row).unwrap();
        }
        workbook.finish().unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        assert!(part("xl/workbook.xml").contains(r#"name="Orders""#));
        assert!(part("[Content_Types].xml").contains("sheet1.xml") && part("xl/styles.xml").contains("cellXfs"));
        part("xl/worksheets/sheet1.xml")
    }

    #[test]
    fn every_kind_of_value_is_written_as_what_it_is() {
        let at = date(2026, 11, 21).at(12, 0, 0, 0);
        let sheet = sheet(&[
            vec![Value::Text("=1+<2>\u{1}".into()), Value::Whole(-7)],
            vec![Value::Hundredths(-5), Value::Moment(at)],
            vec![Value::Empty, Value::Hundredths(185_890)],
        ]);
        assert!(sheet.contains(r#"<c t="inlineStr" s="1"><is><t xml:space="preserve">A &amp; B</t></is></c>"#));
        assert!(sheet.contains(r#"<t xml:space="preserve">=1+&lt;2&gt;</t>"#) && sheet.contains("<c><v>-7</v></c>"));
        assert!(sheet.contains(r#"<c s="2"><v>-0.05</v></c><c s="3"><v>46347.5</v></c>"#), "{sheet}");
        assert!(sheet.contains(r#"<c/><c s="2"><v>1858.90</v></c>"#) && sheet.ends_with("</sheetData></worksheet>"));
        assert_eq!(sheet.matches("<row>").count(), 4);
    }

    #[test]
    fn a_full_sheet_says_so() {
        let mut workbook = Xlsx::begin(Vec::new(), "", &[]).unwrap();
        workbook.lines = MOST_LINES;
        assert_eq!(workbook.row(&[]).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(sheet_name("[]*"), "Sheet");
    }
}
