//! Rows as the text that `COPY … FROM STDIN` reads, gathered per table and handed over in pieces.

use std::collections::HashSet;
use std::io::Write;
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use tokio::sync::mpsc::{Receiver, Sender};
use uuid::Uuid;

use super::calendar::{self, DAY, HOUR, MINUTE, Millis, Month};
use super::catalog::Cents;
use super::tables::Table;

/// A table's rows are sent once they fill this many bytes: the memory of a load is this times the tables.
const PIECE: usize = 2 << 20;

/// How often a long load says how far it is.
const PROGRESS: Duration = Duration::from_secs(30);

/// Rows of one table or of one partition, ready to be copied.
pub struct Piece {
    table: Table,
    /// The partition, where the table has one a month and rows come in order of time.
    month: Option<Month>,
    text: Vec<u8>,
    rows: u64,
}

impl Piece {
    fn new(table: Table, month: Option<Month>) -> Self {
        Self { table, month, text: Vec::new(), rows: 0 }
    }

    /// What `COPY` is told to fill. Naming the partition spares the routing of each row, and only a plain
    /// table can be filled with rows that are frozen already.
    fn target(&self) -> String {
        let (table, _) = self.table.target();
        match &self.month {
            Some(month) => format!("{table}_{month}"),
            None => table.to_owned(),
        }
    }
}

/// The loading side is gone, so that generating more makes no sense.
#[derive(Debug)]
pub struct Stopped;

/// Where generated rows go.
pub struct Sink {
    sender: Sender<Piece>,
    pieces: Vec<Piece>,
    /// Of months that are over.
    over: Vec<Piece>,
}

impl Sink {
    pub fn new(sender: Sender<Piece>) -> Self {
        let pieces = Table::ALL.into_iter().map(|table| Piece::new(table, None)).collect();
        Self { sender, pieces, over: Vec::new() }
    }

    /// Begins a row; its values follow in the order of the table's columns, its end is when it is dropped.
    pub fn row(&mut self, table: Table) -> Row<'_> {
        let piece = &mut self.pieces[table as usize];
        piece.rows += 1;
        Row { text: &mut piece.text, first: true }
    }

    /// Begins a row of the partition of this moment. For tables whose rows come in order of time: each change of
    /// the month ends a piece.
    pub fn row_at(&mut self, table: Table, at: Millis) -> Row<'_> {
        let piece = &mut self.pieces[table as usize];
        if !piece.month.as_ref().is_some_and(|month| month.has(at)) {
            let last = std::mem::replace(piece, Piece::new(table, Some(Month::of(at))));
            if last.rows > 0 {
                self.over.push(last);
            }
        }
        self.row(table)
    }

    /// Sends what has grown large. To be called between rows, now and then.
    pub fn send_full(&mut self) -> Result<(), Stopped> {
        self.send(PIECE)
    }

    /// Sends the rest.
    pub fn finish(mut self) -> Result<(), Stopped> {
        self.send(1)
    }

    fn send(&mut self, least: usize) -> Result<(), Stopped> {
        for piece in self.over.drain(..) {
            self.sender.blocking_send(piece).map_err(|_| Stopped)?;
        }
        for piece in self.pieces.iter_mut().filter(|piece| piece.text.len() >= least) {
            let next = Piece::new(piece.table, piece.month.clone());
            self.sender.blocking_send(std::mem::replace(piece, next)).map_err(|_| Stopped)?;
        }
        Ok(())
    }
}

/// What has been loaded.
#[derive(Debug, Default, Clone, Copy)]
pub struct Loaded {
    pub rows: u64,
    pub bytes: u64,
}

/// Copies all that comes until the generating side ends. Rows of the tables and partitions in `fresh`, which this
/// transaction has made or emptied, are written frozen: no later vacuum or first reader has to touch them again.
pub async fn copy_all(
    connection: &mut PgConnection,
    mut pieces: Receiver<Piece>,
    fresh: &HashSet<String>,
) -> Result<Loaded, sqlx::Error> {
    let mut loaded = Loaded::default();
    let (began, mut said) = (Instant::now(), Instant::now());
    while let Some(piece) = pieces.recv().await {
        let (target, (_, columns)) = (piece.target(), piece.table.target());
        let freeze = if fresh.contains(&target) { " WITH (FREEZE)" } else { "" };
        let mut copy = connection.copy_in_raw(&format!("COPY {target} ({columns}) FROM STDIN{freeze}")).await?;
        loaded.bytes += piece.text.len() as u64;
        loaded.rows += piece.rows;
        copy.send(piece.text).await?;
        copy.finish().await?;
        if said.elapsed() > PROGRESS {
            said = Instant::now();
            let rows_a_second = loaded.rows / began.elapsed().as_secs().max(1);
            tracing::info!(rows = loaded.rows, rows_a_second, into = target, "copying");
        }
    }
    Ok(loaded)
}

/// One row being written.
pub struct Row<'a> {
    text: &'a mut Vec<u8>,
    first: bool,
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.text.push(b'\n');
    }
}

impl Row<'_> {
    fn begin(&mut self) -> &mut Vec<u8> {
        if self.first {
            self.first = false;
        } else {
            self.text.push(b'\t');
        }
        self.text
    }

    pub fn null(mut self) -> Self {
        self.begin().extend_from_slice(b"\\N");
        self
    }

    pub fn text(mut self, value: &str) -> Self {
        let out = self.begin();
        let mut rest = value.as_bytes();
        while let Some(place) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r')) {
            out.extend_from_slice(&rest[..place]);
            out.push(b'\\');
            out.push(match rest[place] {
                b'\t' => b't',
                b'\n' => b'n',
                b'\r' => b'r',
                other => other,
            });
            rest = &rest[place + 1..];
        }
        out.extend_from_slice(rest);
        self
    }

    pub fn opt_text(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    pub fn int(mut self, value: i64) -> Self {
        write_int(self.begin(), value);
        self
    }

    pub fn bool(mut self, value: bool) -> Self {
        self.begin().push(if value { b't' } else { b'f' });
        self
    }

    pub fn uuid(mut self, value: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        self.begin().extend_from_slice(value.hyphenated().encode_lower(&mut buffer).as_bytes());
        self
    }

    pub fn opt_uuid(self, value: Option<Uuid>) -> Self {
        match value {
            Some(value) => self.uuid(value),
            None => self.null(),
        }
    }

    /// A number with two decimals: money, or a rate in hundredths of a per cent.
    pub fn hundredths(mut self, value: Cents) -> Self {
        let out = self.begin();
        if value < 0 {
            out.push(b'-');
        }
        let value = value.abs();
        write_int(out, value / 100);
        out.push(b'.');
        push_digits(out, value % 100, 2);
        self
    }

    pub fn time(mut self, at: Millis) -> Self {
        push_time(self.begin(), at);
        self
    }

    pub fn opt_time(self, at: Option<Millis>) -> Self {
        match at {
            Some(at) => self.time(at),
            None => self.null(),
        }
    }

    pub fn opt_date(mut self, at: Option<Millis>) -> Self {
        match at {
            Some(at) => {
                push_date(self.begin(), at);
                self
            }
            None => self.null(),
        }
    }

    /// A period that begins at `from` and ends before `to`, or not at all.
    pub fn period(mut self, from: Millis, to: Option<Millis>) -> Self {
        let out = self.begin();
        out.push(b'[');
        push_time(out, from);
        out.push(b',');
        if let Some(to) = to {
            push_time(out, to);
        }
        out.push(b')');
        self
    }
}

fn push_time(out: &mut Vec<u8>, at: Millis) {
    push_date(out, at);
    let of_day = at.rem_euclid(DAY);
    for (mark, part, digits) in [
        (b' ', of_day / HOUR, 2),
        (b':', of_day / MINUTE % 60, 2),
        (b':', of_day / 1000 % 60, 2),
        (b'.', of_day % 1000, 3),
    ] {
        out.push(mark);
        push_digits(out, part, digits);
    }
    out.extend_from_slice(b"+00");
}

fn push_date(out: &mut Vec<u8>, at: Millis) {
    let calendar::Date { year, month, day } = calendar::date(at);
    push_digits(out, year, 4);
    out.push(b'-');
    push_digits(out, month, 2);
    out.push(b'-');
    push_digits(out, day, 2);
}

/// `value`, not negative, with leading zeros.
fn push_digits(out: &mut Vec<u8>, value: i64, digits: u32) {
    for place in (0..digits).rev() {
        out.push(b'0' + (value / 10_i64.pow(place) % 10) as u8);
    }
}

fn write_int(out: &mut Vec<u8>, value: i64) {
    // A Vec takes everything, so there is no error to pass on.
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_what_copy_reads() {
        let mut text = Vec::new();
        Row { text: &mut text, first: true }
            .text("a\tb\\c\nd")
            .null()
            .int(-12)
            .hundredths(-1_205)
            .bool(true)
            .time(951_782_400_007)
            .opt_date(Some(0))
            .period(0, None)
            .uuid(Uuid::nil());
        assert_eq!(
            String::from_utf8_lossy(&text),
            "a\\tb\\\\c\\nd\t\\N\t-12\t-12.05\tt\t2000-02-29 00:00:00.007+00\t1970-01-01\t[1970-01-01 00:00:00.000+00,)\t00000000-0000-0000-0000-000000000000\n"
        );
    }
}
