//! A workbook with one sheet, written as a stream: rows go out as they come, nothing is kept but the last few kilobytes.
//!
//! No ZIP64: Excel takes no streamed part that announces it. A million rows of twelve columns are some 600 MB; rows past
//! 4 GiB are errors.

use super::value::{Head, Value};
use jiff::civil::{DateTime, date};
use rust_decimal::Decimal;
use std::{
    fmt::Write as _,
    io::{Error, ErrorKind, Result, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

/// Rows that a sheet can have, its head not among them.
pub const MOST_ROWS: u32 = 1_048_575;
/// UTF-16 units that a cell can have.
const LONGEST_TEXT: usize = 32_767;
/// Bytes of rows that a sheet can have: without ZIP64 4 GiB, less what stands around them.
const MOST_BYTES: u64 = u32::MAX as u64 - 1_048_576;
/// UTF-16 units that a sheet's name can have.
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

/// A workbook that is being written. One that is dropped unfinished is no workbook at all.
pub struct Xlsx<W: Write> {
    // before `zip`: fields are dropped in this order
    _shut: Shut,
    zip: ZipWriter<StreamWriter<Gate<W>>>,
    options: SimpleFileOptions,
    /// The row that is being put together.
    line: String,
    rows: u32,
    bytes: u64,
    sheet: String,
    columns: usize,
}

impl<W: Write> Xlsx<W> {
    /// Begins a workbook: its head is bold, stays on show and can be filtered by.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn begin(out: W, sheet: &str, heads: &[Head]) -> Result<Self> {
        let is_shut = Arc::new(AtomicBool::new(false));
        let mut workbook = Self {
            _shut: Shut(Arc::clone(&is_shut)),
            zip: ZipWriter::new_stream(Gate { out, is_shut }),
            options: SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(1)),
            line: String::new(),
            rows: 0,
            bytes: 0,
            sheet: sheet_name(sheet),
            columns: heads.len(),
        };
        workbook.part("[Content_Types].xml", TYPES)?;
        workbook.part("_rels/.rels", ROOT)?;
        workbook.part("xl/_rels/workbook.xml.rels", RELATIONS)?;
        workbook.part("xl/styles.xml", STYLES)?;
        let mut columns = String::new();
        for (at, head) in heads.iter().enumerate() {
            let (number, width) = (at + 1, head.width);
            _ = write!(columns, r#"<col min="{number}" max="{number}" width="{width}" customWidth="1"/>"#);
        }
        let columns = if columns.is_empty() { columns } else { format!("<cols>{columns}</cols>") };
        workbook.part(
            "xl/worksheets/sheet1.xml",
            &format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>{columns}<sheetData><row>"#
            ),
        )?;
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
        if self.rows >= MOST_ROWS {
            return Err(full());
        }
        self.line.push_str("<row>");
        for value in row {
            match value {
                Value::Empty => self.line.push_str("<c/>"),
                Value::Text(text) => self.text(text, ""),
                Value::Whole(number) => self.number("", number),
                Value::Hundredths(amount) => self.number(r#" s="2""#, Decimal::new(*amount, 2)),
                Value::Moment(at) => self.number(r#" s="3""#, serial(*at)),
            }
        }
        self.rows += 1;
        self.end_line()
    }

    /// Ends the workbook.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn finish(mut self) -> Result<()> {
        let (mut filter, mut names) = (String::new(), String::new());
        let name = escaped(&self.sheet, LONGEST_NAME);
        if self.columns > 0 {
            let (column, line) = (letters(self.columns), self.rows + 1);
            filter = format!(r#"<autoFilter ref="A1:{column}{line}"/>"#);
            // Excel looks for the filter under this name
            names = format!(
                r#"<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'{}'!$A$1:${column}${line}</definedName></definedNames>"#,
                name.replace('\'', "''")
            );
        }
        self.zip.write_all(format!("</sheetData>{filter}</worksheet>").as_bytes())?;
        self.part(
            "xl/workbook.xml",
            &format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets>{names}</workbook>"#
            ),
        )?;
        self.zip.finish()?.into_inner().flush()
    }

    /// Begins a part of the file and writes the beginning of it.
    fn part(&mut self, name: &str, text: &str) -> Result<()> {
        self.zip.start_file(name, self.options)?;
        self.zip.write_all(text.as_bytes())
    }

    fn end_line(&mut self) -> Result<()> {
        self.line.push_str("</row>");
        self.bytes = self.bytes.saturating_add(self.line.len() as u64);
        if self.bytes > MOST_BYTES {
            return Err(full());
        }
        self.zip.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }

    /// A text in its cell itself: no program takes it for a formula.
    fn text(&mut self, text: &str, style: &str) {
        self.line.push_str(r#"<c t="inlineStr""#);
        self.line.push_str(style);
        self.line.push_str(r#"><is><t xml:space="preserve">"#);
        escape(&mut self.line, text, LONGEST_TEXT);
        self.line.push_str("</t></is></c>");
    }

    fn number(&mut self, style: &str, number: impl std::fmt::Display) {
        _ = write!(self.line, "<c{style}><v>{number}</v></c>");
    }
}

fn full() -> Error {
    Error::new(ErrorKind::InvalidInput, "a sheet holds no more")
}

/// Lets nothing through once it is shut.
struct Gate<W> {
    out: W,
    is_shut: Arc<AtomicBool>,
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.is_shut.load(Relaxed) { Ok(bytes.len()) } else { self.out.write(bytes) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.is_shut.load(Relaxed) { Ok(()) } else { self.out.flush() }
    }
}

/// Shuts the gate: a `ZipWriter` that is dropped ends its archive, and a workbook that broke off would look whole.
struct Shut(Arc<AtomicBool>);

impl Drop for Shut {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Days since the end of 1899, as spreadsheets count.
#[expect(clippy::cast_precision_loss, reason = "some ten million minutes at most")]
fn serial(at: DateTime) -> f64 {
    let since = at.duration_since(date(1899, 12, 30).at(0, 0, 0, 0));
    since.as_secs() as f64 / 86_400.0
}

/// A column's letters, from 1: A.
fn letters(column: usize) -> String {
    let Some(before) = column.checked_sub(1) else { return String::new() };
    let digit = u8::try_from(before % 26).unwrap_or_default();
    let mut name = letters(before / 26);
    name.push(char::from(b'A' + digit));
    name
}

/// For XML: what it reserves is written otherwise, what it forbids is left out, as is what is over `longest`.
fn escape(out: &mut String, text: &str, longest: usize) {
    let mut room = longest;
    for (at, letter) in text.char_indices() {
        let Some(left) = room.checked_sub(letter.len_utf16()) else { break };
        room = left;
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // spreadsheets read _x0041_ as A
            '_' if is_code(text.as_bytes().get(at..at + 7)) => out.push_str("_x005F_"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(letter),
        }
    }
}

fn escaped(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text, longest);
    out
}

fn is_code(bytes: Option<&[u8]>) -> bool {
    matches!(bytes, Some([b'_', b'x', digits @ .., b'_']) if digits.iter().all(u8::is_ascii_hexdigit))
}

/// A name as spreadsheets allow it.
fn sheet_name(text: &str) -> String {
    let mut room = LONGEST_NAME;
    let name: String = text
        .chars()
        .filter(|letter| !letter.is_control() && !matches!(letter, '[' | ']' | ':' | '*' | '?' | '/' | '\\'))
        .skip_while(|letter| *letter == '\'')
        .map_while(|letter| {
            room = room.checked_sub(letter.len_utf16())?;
            Some(letter)
        })
        .collect();
    let name = name.trim_end_matches('\'');
    if name.trim().is_empty() { "Sheet".into() } else { name.into() }
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
        let workbook = part("xl/workbook.xml");
        assert!(workbook.contains(r#"name="Orders""#) && workbook.contains("'Orders'!$A$1:$B$"));
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
        assert!(
            sheet.contains(r#"<c/><c s="2"><v>1858.90</v></c>"#)
                && sheet.ends_with(r#"</sheetData><autoFilter ref="A1:B4"/></worksheet>"#)
        );
        assert_eq!(sheet.matches("<row>").count(), 4);
    }

    #[test]
    fn a_full_sheet_says_so() {
        let mut workbook = Xlsx::begin(Vec::new(), "", &[]).unwrap();
        workbook.rows = MOST_ROWS - 1;
        workbook.row(&[]).unwrap();
        assert_eq!(workbook.row(&[]).unwrap_err().kind(), ErrorKind::InvalidInput);
        (workbook.rows, workbook.bytes) = (0, MOST_BYTES);
        assert_eq!(workbook.row(&[]).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_workbook_that_broke_off_does_not_open() {
        let mut file = Vec::new();
        let mut workbook = Xlsx::begin(&mut file, "Orders", &[]).unwrap();
        workbook.row(&[Value::Whole(1)]).unwrap();
        drop(workbook);
        assert!(zip::ZipArchive::new(Cursor::new(file)).is_err());
    }

    #[test]
    fn texts_and_names_keep_to_the_limits() {
        assert_eq!(escaped(&"😀".repeat(20_000), LONGEST_TEXT).chars().count(), 16_383);
        assert_eq!(escaped("a_x0041_ _x_ _xé12_ _", 99), "a_x005F_x0041_ _x_ _xé12_ _");
        assert_eq!(sheet_name("'a/b'"), "ab");
        assert_eq!(sheet_name(&"é".repeat(40)), "é".repeat(31));
        assert_eq!(sheet_name("[]*"), "Sheet");
        assert_eq!([1, 26, 27, 703].map(letters), ["A", "Z", "AA", "AAA"]);
    }
}
