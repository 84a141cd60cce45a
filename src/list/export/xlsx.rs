//! A workbook, written as a stream: rows go out as they come, nothing is kept but the last few kilobytes. What is more than
//! a sheet holds goes on in another one, under the same head.
//!
//! No ZIP64: Excel takes no streamed part that announces it. A million rows of twelve columns are some 600 MB, 43 of them
//! in the file; a file of 4 GiB is an error.

use super::value::{Head, Value};
use jiff::civil::{DateTime, date};
use rust_decimal::Decimal;
use std::{
    fmt::Write as _,
    io::{Error, ErrorKind, Result, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

/// Rows that a sheet can have, its head not among them.
const MOST_ROWS: u32 = 1_048_575;
/// UTF-16 units that a cell can have.
const LONGEST_TEXT: usize = 32_767;
/// Bytes of rows that a sheet can have, and of all sheets packed: without ZIP64 4 GiB, less what stands around them.
const MOST_BYTES: u64 = u32::MAX as u64 - 1_048_576;
/// Bytes that are kept free for a row: more than the widest list has with the longest texts.
const LONGEST_ROW: u64 = 16 << 20;
/// UTF-16 units that a sheet's name can have.
const LONGEST_NAME: usize = 31;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>"#;
const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="styles" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#;
/// Formats of cells: 0 as it is, 1 a head, 2 an amount, 3 a time.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;

/// A workbook that is being written. One that is dropped unfinished is no workbook at all.
pub struct Xlsx<W: Write> {
    // before `zip`: fields are dropped in this order
    _shut: Shut,
    zip: ZipWriter<StreamWriter<Gate<W>>>,
    options: SimpleFileOptions,
    /// What is out of the file so far.
    packed: Arc<AtomicU64>,
    name: String,
    heads: Vec<Head>,
    /// The row that is being put together.
    line: String,
    /// Rows and bytes of the sheet that is being written.
    rows: u32,
    bytes: u64,
    /// Rows of the sheets before it.
    full: Vec<u32>,
}

impl<W: Write> Xlsx<W> {
    /// Begins a workbook: its head is bold, stays on show and can be filtered by.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn begin(out: W, sheet: &str, heads: &[Head]) -> Result<Self> {
        let (is_shut, packed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut workbook = Self {
            _shut: Shut(Arc::clone(&is_shut)),
            zip: ZipWriter::new_stream(Gate { out, is_shut, packed: Arc::clone(&packed) }),
            options: SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(1)),
            packed,
            name: sheet_name(sheet),
            heads: heads.to_vec(),
            line: String::new(),
            rows: 0,
            bytes: 0,
            full: Vec::new(),
        };
        workbook.part("_rels/.rels", ROOT)?;
        workbook.part("xl/styles.xml", STYLES)?;
        workbook.begin_sheet()?;
        Ok(workbook)
    }

    fn begin_sheet(&mut self) -> Result<()> {
        let mut columns = String::new();
        for (at, head) in self.heads.iter().enumerate() {
            let (number, width) = (at + 1, head.width);
            _ = write!(columns, r#"<col min="{number}" max="{number}" width="{width}" customWidth="1"/>"#);
        }
        let columns = if columns.is_empty() { columns } else { format!("<cols>{columns}</cols>") };
        (self.rows, self.bytes) = (0, 0);
        self.part(
            &format!("xl/worksheets/sheet{}.xml", self.full.len() + 1),
            &format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>{columns}<sheetData>"#
            ),
        )?;
        self.line.push_str("<row>");
        for head in &self.heads {
            text(&mut self.line, &head.title, r#" s="1""#);
        }
        self.end_line()
    }

    /// The sheet has all it will have.
    fn end_sheet(&mut self) -> Result<()> {
        let filter = match self.heads.len() {
            0 => String::new(),
            columns => format!(r#"<autoFilter ref="A1:{}{}"/>"#, letters(columns), self.rows + 1),
        };
        self.full.push(self.rows);
        self.zip.write_all(format!("</sheetData>{filter}</worksheet>").as_bytes())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the file is as large as one can be, or `out` takes no more.
    pub fn row(&mut self, row: &[Value]) -> Result<()> {
        if self.packed.load(Relaxed) > MOST_BYTES {
            return Err(Error::new(ErrorKind::InvalidInput, "a workbook holds no more"));
        }
        if self.rows >= MOST_ROWS || self.bytes > MOST_BYTES - LONGEST_ROW {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.line.push_str("<row>");
        for value in row {
            match value {
                Value::Empty => self.line.push_str("<c/>"),
                Value::Text(words) => text(&mut self.line, words, ""),
                Value::Whole(whole) => number(&mut self.line, "", whole),
                Value::Hundredths(amount) => number(&mut self.line, r#" s="2""#, Decimal::new(*amount, 2)),
                Value::Moment(at) => number(&mut self.line, r#" s="3""#, serial(*at)),
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
        self.end_sheet()?;
        let (mut types, mut relations) = (TYPES.to_owned(), RELATIONS.to_owned());
        let (mut sheets, mut names) = (String::new(), String::new());
        for (at, rows) in self.full.iter().enumerate() {
            let number = at + 1;
            let name = escaped(&numbered(&self.name, number), LONGEST_NAME);
            _ = write!(
                types,
                r#"<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#
            );
            _ = write!(
                relations,
                r#"<Relationship Id="sheet{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#
            );
            _ = write!(sheets, r#"<sheet name="{name}" sheetId="{number}" r:id="sheet{number}"/>"#);
            if !self.heads.is_empty() {
                // Excel looks for the filter under this name
                let (name, column, line) = (name.replace('\'', "''"), letters(self.heads.len()), rows + 1);
                _ = write!(
                    names,
                    r#"<definedName name="_xlnm._FilterDatabase" localSheetId="{at}" hidden="1">'{name}'!$A$1:${column}${line}</definedName>"#
                );
            }
        }
        let names = if names.is_empty() { names } else { format!("<definedNames>{names}</definedNames>") };
        self.part("[Content_Types].xml", &format!("{types}</Types>"))?;
        self.part("xl/_rels/workbook.xml.rels", &format!("{relations}</Relationships>"))?;
        self.part(
            "xl/workbook.xml",
            &format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{sheets}</sheets>{names}</workbook>"#
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
        self.zip.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

/// A text in its cell itself: no program takes it for a formula.
fn text(line: &mut String, words: &str, style: &str) {
    line.push_str(r#"<c t="inlineStr""#);
    line.push_str(style);
    line.push_str(r#"><is><t xml:space="preserve">"#);
    escape(line, words, LONGEST_TEXT);
    line.push_str("</t></is></c>");
}

fn number(line: &mut String, style: &str, number: impl std::fmt::Display) {
    _ = write!(line, "<c{style}><v>{number}</v></c>");
}

/// Lets nothing through once it is shut, and counts what went through.
struct Gate<W> {
    out: W,
    is_shut: Arc<AtomicBool>,
    packed: Arc<AtomicU64>,
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.is_shut.load(Relaxed) {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes)?;
        self.packed.fetch_add(written as u64, Relaxed);
        Ok(written)
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
    let allowed = text
        .chars()
        .filter(|letter| !letter.is_control() && !matches!(letter, '[' | ']' | ':' | '*' | '?' | '/' | '\\'))
        .skip_while(|letter| *letter == '\'');
    let name = within(allowed, LONGEST_NAME);
    let name = name.trim_end_matches('\'');
    if name.trim().is_empty() { "Sheet".into() } else { name.into() }
}

/// The name of the first sheet is that of all, then they are counted.
fn numbered(name: &str, number: usize) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let number = format!(" {number}");
    within(name.chars(), LONGEST_NAME - number.len()) + &number
}

/// As many letters as `room` UTF-16 units hold.
fn within(letters: impl Iterator<Item = char>, mut room: usize) -> String {
    letters
        .map_while(|letter| {
            room = room.checked_sub(letter.len_utf16())?;
            Some(letter)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};

    /// The parts of a workbook by their names.
    fn parts(file: Vec<u8>) -> impl FnMut(&str) -> String {
        let mut zip = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        move |name| {
            let mut text = String::new();
            zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        }
    }

    fn sheet(rows: &[Vec<Value>]) -> String {
        let heads = [Head { title: "A & B".into(), width: 12 }, Head { title: "C".into(), width: 8 }];
        let mut file = Vec::new();
        let mut workbook = Xlsx::begin(&mut file, "Or/ders", &heads).unwrap();
        for row in rows {
            workbook.row(row).unwrap();
        }
        workbook.finish().unwrap();
        let mut part = parts(file);
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
    fn what_is_more_than_a_sheet_holds_goes_on_in_another() {
        let mut file = Vec::new();
        let mut workbook = Xlsx::begin(&mut file, "Orders", &[Head { title: "Number".into(), width: 9 }]).unwrap();
        workbook.row(&[Value::Whole(1)]).unwrap();
        workbook.rows = MOST_ROWS;
        workbook.row(&[Value::Whole(2)]).unwrap();
        workbook.bytes = MOST_BYTES;
        workbook.row(&[Value::Whole(3)]).unwrap();
        workbook.finish().unwrap();
        let mut part = parts(file);
        for number in 1..=3 {
            let sheet = part(&format!("xl/worksheets/sheet{number}.xml"));
            assert!(sheet.contains(">Number</t>") && sheet.contains(&format!("<v>{number}</v>")), "{sheet}");
            assert_eq!(sheet.matches("<row>").count(), 2);
            assert!(part("[Content_Types].xml").contains(&format!("/xl/worksheets/sheet{number}.xml")));
            assert!(part("xl/_rels/workbook.xml.rels").contains(&format!("worksheets/sheet{number}.xml")));
        }
        let names = part("xl/workbook.xml");
        assert!(names.contains(r#"name="Orders" sheetId="1""#) && names.contains(r#"name="Orders 3" sheetId="3""#));
        assert!(
            names.contains("'Orders'!$A$1:$A$1048576")
                && names.contains(r#"localSheetId="1" hidden="1">'Orders 2'!$A$1:$A$2<"#),
            "{names}"
        );
        assert_eq!(numbered(&"é".repeat(31), 12), "é".repeat(28) + " 12");
    }

    #[test]
    fn a_file_that_can_hold_no_more_says_so() {
        let mut workbook = Xlsx::begin(Vec::new(), "", &[]).unwrap();
        workbook.packed.store(MOST_BYTES + 1, Relaxed);
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
