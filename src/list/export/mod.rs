//! Lists as files: CSV, XLSX and JSON, written row by row while they are sent.
//!
//! Whoever has rows sends them in batches; they are written as they come, and the reader's pace is theirs. A batch that
//! is an error breaks the answer off: a file that ends early must not look whole.
//!
//! Files: `csv`, `xlsx`, `json` the formats, `value` what a cell holds · `file` a list's file that one waits for · `job` a large one.

pub mod csv;
pub mod file;
pub mod job;
mod json;
pub mod value;
mod xlsx;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use csv::Csv;
use futures_util::{StreamExt, stream};
use http::header;
use json::Json;
use std::io::{Error, ErrorKind, Result, Write};
use tokio::sync::mpsc::{Receiver, Sender, channel};
pub use value::{Head, Value};
use xlsx::Xlsx;

/// Rows that came together, or the end of an export that failed.
pub type Batch = std::result::Result<Vec<Vec<Value>>, ()>;

/// Batches and pieces of the file that wait for their reader.
const WAITING: usize = 4;
/// Bytes of a workbook that are sent together.
const PIECE: usize = 32 * 1024;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text for any program.
    Csv,
    /// A workbook.
    Xlsx,
    /// An array for programs.
    Json,
}

/// The type of a workbook.
pub const XLSX_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Format {
    /// From the address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The end of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => XLSX_TYPE,
            Self::Json => "application/json",
        }
    }
}

/// The answer that sends a file, and where its rows are put. The file ends when that is dropped.
#[must_use]
pub fn answer(format: Format, name: &str, sheet: &'static str, heads: Vec<Head>) -> (Sender<Batch>, Response) {
    let (rows, waiting) = channel(WAITING);
    let body = match format {
        Format::Csv => csv_body(heads, waiting),
        Format::Json => json_body(&heads, waiting),
        Format::Xlsx => xlsx_body(sheet, heads, waiting),
    };
    let name = format!("attachment; filename=\"{name}.{}\"", format.extension());
    let headers = [(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    (rows, (headers, body).into_response())
}

fn broken_off() -> Error {
    Error::new(ErrorKind::BrokenPipe, "the export broke off")
}

fn csv_body(heads: Vec<Head>, rows: Receiver<Batch>) -> Body {
    let csv = Csv::new(&heads);
    let pieces = stream::unfold(Some((csv, rows, true)), async |state| {
        let (mut csv, mut rows, is_first) = state?;
        match rows.recv().await {
            Some(Ok(batch)) => {
                for row in &batch {
                    csv.row(row);
                }
                Some((Ok(Bytes::from(csv.take())), Some((csv, rows, false))))
            }
            Some(Err(())) => Some((Err(broken_off()), None)),
            // without rows the heads are still to be sent
            None if is_first => Some((Ok(Bytes::from(csv.take())), None)),
            None => None,
        }
    });
    Body::from_stream(ended(pieces))
}

fn json_body(heads: &[Head], rows: Receiver<Batch>) -> Body {
    let pieces = stream::unfold(Some((Json::new(heads), rows)), async |state| {
        let (mut json, mut rows) = state?;
        match rows.recv().await {
            Some(Ok(batch)) => {
                for row in &batch {
                    json.row(row);
                }
                Some((Ok(Bytes::from(json.take())), Some((json, rows))))
            }
            Some(Err(())) => Some((Err(broken_off()), None)),
            None => {
                json.end();
                Some((Ok(Bytes::from(json.take())), None))
            }
        }
    });
    Body::from_stream(ended(pieces))
}

/// A stream that may be asked again when it has ended, as compression does.
fn ended<T>(pieces: impl stream::Stream<Item = T>) -> impl stream::Stream<Item = T> {
    pieces.fuse()
}

fn xlsx_body(sheet: &'static str, heads: Vec<Head>, mut rows: Receiver<Batch>) -> Body {
    let (pieces, waiting) = channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let failed = pieces.clone();
        let write = || -> Result<()> {
            let mut workbook = Xlsx::begin(Pieces { piece: Vec::with_capacity(PIECE), pieces }, sheet, &heads)?;
            while let Some(batch) = rows.blocking_recv() {
                for row in &batch.map_err(|()| broken_off())? {
                    workbook.row(row)?;
                }
            }
            workbook.finish()
        };
        if let Err(error) = write() {
            // nobody may be reading any more
            let _ = failed.blocking_send(Err(error));
        }
    });
    Body::from_stream(ended(stream::unfold(waiting, async |mut waiting: Receiver<Result<Bytes>>| {
        let piece = waiting.recv().await?;
        Some((piece, waiting))
    })))
}

/// Sends what is written to it in pieces.
struct Pieces {
    piece: Vec<u8>,
    pieces: Sender<Result<Bytes>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.pieces.blocking_send(Ok(piece.into())).map_err(|_| broken_off())
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        // what is left; when nobody reads any more there is nobody to tell
        let _ = self.flush();
    }
}
