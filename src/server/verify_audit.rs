//! `techally verify-audit`: reckons the audit trail's hash chain anew and names what doesn't fit.
//!
//! Nothing here relies on the database's own functions: whoever can rewrite the log can rewrite those too. What
//! this can't see is a chain that was rewritten from some seal to its end; for that the head (number and digest)
//! is kept elsewhere and given back with `--expect`. Works in windows of seals, so memory stays small; a [`Check`] stops
//! and goes on between any two of them, as the job `audit.verify` does.

use super::hex::{from_hex, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use std::{collections::HashMap, fmt, str::FromStr};

/// Rows whose seals are looked at together, and rows fetched at a time.
const WINDOW: i64 = 20_000;
/// Rows fetched at a time.
const PAGE: i64 = 5_000;
/// Missing seals that are told one by one, where they follow each other.
const MOST_MISSING: usize = 1_000;

/// A seal by its number and digest; written `123:9f86…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the seal, from 1.
    pub number: i64,
    /// SHA-256 in hexadecimal.
    pub digest: String,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.digest)
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || format!("“{text}” is no head: it looks like 123:9f86d081…");
        let (number, digest) = text.split_once(':').ok_or_else(unreadable)?;
        let whole = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        match number.parse() {
            Ok(number) if number > 0 && whole => Ok(Self { number, digest: digest.to_ascii_lowercase() }),
            _ => Err(unreadable()),
        }
    }
}

/// Something that isn't as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A row says something else than when it was written.
    Changed { id: i64, row: String },
    /// A row that was sealed is gone from its place.
    Deleted { id: i64, row: String, seal: i64 },
    /// A row stands among sealed ones that wasn't there when they were sealed.
    Inserted { id: i64, row: String, seal: i64 },
    /// A row stands elsewhere than when it was sealed.
    Reordered { id: i64, row: String, seal: i64 },
    /// A seal doesn't follow from its content and the seal before.
    Seal { number: i64 },
    /// A seal is gone.
    SealMissing { number: i64 },
    /// The head that was kept isn't in the chain.
    Expected { head: Head, found: Option<String> },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { id, row } => write!(f, "changed: audit row {id}, {row}"),
            Self::Deleted { id, row, seal } => write!(f, "deleted: audit row {id}, {row} (seal {seal})"),
            Self::Inserted { id, row, seal } => {
                write!(f, "inserted: audit row {id}, {row} (in the time of seal {seal})")
            }
            Self::Reordered { id, row, seal } => write!(f, "reordered: audit row {id}, {row} (seal {seal})"),
            Self::Seal { number } => {
                write!(f, "broken: seal {number} doesn't follow from its rows and seal {}", number - 1)
            }
            Self::SealMissing { number } => write!(f, "missing: seal {number}"),
            Self::Expected { head, found: None } => write!(f, "missing: seal {} that was kept as {head}", head.number),
            Self::Expected { head, found: Some(found) } => {
                write!(f, "rewritten: seal {} is {found}, kept was {head}", head.number)
            }
        }
    }
}

/// What was looked at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Seals of the chain.
    pub seals: i64,
    /// Rows they cover.
    pub rows: i64,
    /// Rows after the last seal.
    pub unsealed: i64,
    /// Things found.
    pub findings: i64,
    /// The last seal, to be kept elsewhere.
    pub head: Option<Head>,
}

/// Looks through the whole chain and tells `tell` each finding at once.
///
/// # Errors
/// When the database can't be read.
pub async fn verify(
    connection: &mut PgConnection,
    expect: Option<&Head>,
    mut tell: impl FnMut(&Finding),
) -> sqlx::Result<Report> {
    let mut check = Check::default();
    while check.step(connection, expect, &mut tell).await? {}
    Ok(check.report)
}

/// A check of the whole chain, window by window: kept between two of them, it goes on where it stopped.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at so far.
    pub report: Report,
    place: Place,
    /// All seals are done: now come the rows behind them.
    is_behind: bool,
    /// The expected head was met.
    met: bool,
}

impl Check {
    /// Looks at the next window; whether there may be more.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn step(
        &mut self,
        connection: &mut PgConnection,
        expect: Option<&Head>,
        mut tell: impl FnMut(&Finding),
    ) -> sqlx::Result<bool> {
        let mut count = 0;
        let mut found = |finding: Finding| {
            count += 1;
            tell(&finding);
        };
        let more = if self.is_behind {
            self.rows_behind(connection, &mut found).await?
        } else {
            self.sealed(connection, expect, &mut found).await?
        };
        self.report.findings += count;
        Ok(more)
    }

    /// The next seals with their rows.
    async fn sealed(
        &mut self,
        connection: &mut PgConnection,
        expect: Option<&Head>,
        mut found: impl FnMut(Finding),
    ) -> sqlx::Result<bool> {
        let seals = next_seals(connection, self.report.head.as_ref().map_or(0, |head| head.number)).await?;
        let Some(last) = seals.last() else {
            if let Some(kept) = expect.filter(|_| !self.met) {
                found(Finding::Expected { head: kept.clone(), found: None });
            }
            self.is_behind = true;
            return Ok(true);
        };
        let end = Place { transaction: last.up_to.clone(), id: last.last_id };
        for seal in &seals {
            let due = self.report.head.as_ref().map_or(1, |head| head.number + 1);
            // a number that was forged may be as large as it likes
            for number in (due..seal.number).take(MOST_MISSING) {
                found(Finding::SealMissing { number });
            }
            let previous = self.report.head.as_ref().and_then(|head| from_hex(&head.digest)).unwrap_or_default();
            if seal.digest != seal.reckon(&previous) {
                found(Finding::Seal { number: seal.number });
            }
            let head = Head { number: seal.number, digest: hex(&seal.digest) };
            if let Some(kept) = expect.filter(|kept| kept.number == head.number) {
                self.met = true;
                if *kept != head {
                    found(Finding::Expected { head: kept.clone(), found: Some(head.digest.clone()) });
                }
            }
            self.report.seals += 1;
            self.report.rows += i64::try_from(seal.row_ids.len()).unwrap_or(i64::MAX);
            self.report.head = Some(head);
        }
        check_window(connection, &seals, self.place.clone(), &end, found).await?;
        self.place = end;
        Ok(true)
    }

    /// The next rows behind the last seal.
    async fn rows_behind(
        &mut self,
        connection: &mut PgConnection,
        mut found: impl FnMut(Finding),
    ) -> sqlx::Result<bool> {
        let rows = next_rows(connection, &self.place, None).await?;
        let Some(last) = rows.last() else { return Ok(false) };
        self.place = last.place();
        for row in &rows {
            self.report.unsealed += 1;
            if row.digest != row.reckon() {
                found(Finding::Changed { id: row.id, row: row.name() });
            }
        }
        Ok(true)
    }
}

/// A place in the order of the chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    transaction: String,
    id: i64,
}

impl Default for Place {
    fn default() -> Self {
        Self { transaction: "0".into(), id: 0 }
    }
}

/// Compares the rows between two places with what the seals remember of them.
async fn check_window(
    connection: &mut PgConnection,
    seals: &[Seal],
    mut place: Place,
    end: &Place,
    mut found: impl FnMut(Finding),
) -> sqlx::Result<()> {
    // the rows that should come, by id: their place in the order, their seal, and what was sealed
    let mut sealed: HashMap<i64, (usize, usize, usize)> = HashMap::new();
    for (seal_index, seal) in seals.iter().enumerate() {
        for (row_index, id) in seal.row_ids.iter().enumerate() {
            sealed.insert(*id, (sealed.len(), seal_index, row_index));
        }
    }
    let mut at = (0, 0);
    loop {
        let rows = next_rows(connection, &place, Some(end)).await?;
        let Some(last) = rows.last() else { break };
        place = last.place();
        for row in &rows {
            let (id, name) = (row.id, row.name());
            let Some((order, seal_index, row_index)) = sealed.remove(&id) else {
                found(Finding::Inserted { id, row: name, seal: seals.get(at.1).map_or(0, |seal| seal.number) });
                continue;
            };
            let Some(seal) = seals.get(seal_index) else { continue };
            let digest = row.reckon();
            let kept = seal.row_digests.get(32 * row_index..32 * row_index + 32);
            if kept != Some(digest.as_slice()) || row.digest != digest {
                found(Finding::Changed { id, row: name });
            } else if order < at.0 {
                found(Finding::Reordered { id, row: name, seal: seal.number });
            }
            at = (at.0.max(order), seal_index);
        }
    }
    let mut gone: Vec<_> = sealed.into_iter().collect();
    gone.sort_unstable_by_key(|(_, (order, ..))| *order);
    for (id, (_, seal_index, row_index)) in gone {
        let Some(seal) = seals.get(seal_index) else { continue };
        let row = seal.row_names.get(row_index).cloned().unwrap_or_default();
        found(Finding::Deleted { id, row, seal: seal.number });
    }
    Ok(())
}

struct Seal {
    number: i64,
    up_to: String,
    last_id: i64,
    row_ids: Vec<i64>,
    row_names: Vec<String>,
    row_digests: Vec<u8>,
    digest: Vec<u8>,
}

impl Seal {
    /// The same as `seal_digest` in migrations/0003.
    fn reckon(&self, previous: &[u8]) -> Vec<u8> {
        let ids: Vec<String> = self.row_ids.iter().map(i64::to_string).collect();
        let head = [self.number.to_string(), self.up_to.clone(), self.last_id.to_string(), ids.join(",")];
        let mut hash = Sha256::new();
        hash.update(previous);
        hash.update(json_array(head.iter().map(|text| Some(text.as_str()))));
        hash.update(json_array(self.row_names.iter().map(|text| Some(text.as_str()))));
        hash.update(&self.row_digests);
        hash.finalize().to_vec()
    }
}

/// The next seals, together of about a window's rows, one at least.
async fn next_seals(connection: &mut PgConnection, after: i64) -> sqlx::Result<Vec<Seal>> {
    sqlx::query_as!(
        Seal,
        r#"SELECT s.number AS "number!", s.up_to::text AS "up_to!", s.last_id AS "last_id!", s.row_ids AS "row_ids!",
                  s.row_names AS "row_names!", s.row_digests AS "row_digests!", s.digest AS "digest!"
           FROM (SELECT n.number, sum(n.rows_sealed) OVER (ORDER BY n.number) - n.rows_sealed AS before
                 FROM (SELECT number, rows_sealed FROM audit_seals WHERE number > $1 ORDER BY number LIMIT 2000) AS n) AS w
           JOIN audit_seals s ON s.number = w.number
           WHERE w.before < $2 ORDER BY s.number"#,
        after,
        WINDOW
    )
    .fetch_all(connection)
    .await
}

struct LogRow {
    id: i64,
    occurred_at: String,
    transaction_id: String,
    table_name: String,
    row_id: String,
    action: String,
    changed: String,
    actor_id: Option<String>,
    actor_kind: String,
    db_user: String,
    request_id: Option<String>,
    reason: Option<String>,
    digest: Vec<u8>,
}

impl LogRow {
    fn name(&self) -> String {
        format!("{}/{}", self.table_name, self.row_id)
    }

    fn place(&self) -> Place {
        Place { transaction: self.transaction_id.clone(), id: self.id }
    }

    /// The same as `audit_digest` in migrations/0003.
    fn reckon(&self) -> Vec<u8> {
        let id = self.id.to_string();
        let fields = [
            Some(id.as_str()),
            Some(&self.occurred_at),
            Some(&self.transaction_id),
            Some(&self.table_name),
            Some(&self.row_id),
            Some(&self.action),
            Some(&self.changed),
            self.actor_id.as_deref(),
            Some(&self.actor_kind),
            Some(&self.db_user),
            self.request_id.as_deref(),
            self.reason.as_deref(),
        ];
        Sha256::digest(json_array(fields.into_iter())).to_vec()
    }
}

async fn next_rows(connection: &mut PgConnection, after: &Place, end: Option<&Place>) -> sqlx::Result<Vec<LogRow>> {
    let (last_transaction, last_id) =
        end.map_or((u64::MAX.to_string(), i64::MAX), |end| (end.transaction.clone(), end.id));
    sqlx::query_as!(
        LogRow,
        r#"SELECT id AS "id!", ((extract(epoch FROM occurred_at) * 1000000)::bigint)::text AS "occurred_at!",
                  transaction_id::text AS "transaction_id!", table_name AS "table_name!", row_id AS "row_id!", action AS "action!",
                  changed::text AS "changed!", actor_id::text, actor_kind AS "actor_kind!", db_user AS "db_user!", request_id, reason,
                  digest AS "digest!"
           FROM audit_log
           WHERE (transaction_id, id) > ($1::text::xid8, $2) AND (transaction_id, id) <= ($3::text::xid8, $4)
           ORDER BY transaction_id, id LIMIT $5"#,
        after.transaction,
        after.id,
        last_transaction,
        last_id,
        PAGE
    )
    .fetch_all(connection)
    .await
}

/// An array of texts as PostgreSQL writes jsonb.
fn json_array<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> String {
    let items: Vec<String> = texts
        .map(|text| text.map_or_else(|| "null".into(), |text| serde_json::Value::from(text).to_string()))
        .collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_as_it_is_written() {
        let head = Head { number: 12, digest: hex(&[0xab; 32]) };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "12", "12:abc", "x:y", &format!("0:{}", "a".repeat(64))] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn texts_are_written_as_postgresql_writes_them() {
        let texts = [Some("a\"b\\c"), None, Some("ö\n\u{1}\u{7f}")];
        assert_eq!(json_array(texts.into_iter()), "[\"a\\\"b\\\\c\", null, \"ö\\n\\u0001\u{7f}\"]");
    }
}
