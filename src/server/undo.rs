//! Setting back what an entry of the audit trail changed, within a day: as a new change, unless somebody changed the same
//! again since.

use crate::{
    forms::Refusal,
    server::{
        db::Stop,
        since::{Change, Since, changed_since},
        texts::capitalised,
    },
    stamp::Zone,
};
use serde_json::{Map, Value};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// Columns that change with every change.
pub const ALWAYS: [&str; 2] = ["version", "updated_at"];

/// An entry of the log: a row that was changed.
#[derive(Debug)]
pub struct Entry {
    /// Whose row it is.
    pub table_name: String,
    changed: Value,
    personal: Option<Value>,
}

impl Entry {
    /// The fields that it changed.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        self.changed.as_object().cloned().unwrap_or_default()
    }

    /// A column's value before or after the change; nothing when the log has it no more.
    fn value(&self, column: &str, side: usize) -> Option<&Value> {
        let personal = self.personal.as_ref().and_then(|values| values.get(column));
        personal.or_else(|| self.changed.get(column))?.get(side)
    }

    /// What changed in the row after it, up to version `now`.
    async fn since(&self, connection: &mut PgConnection, row: Uuid, now: i32) -> Result<Since, Stop> {
        let then = self.value("version", 1).and_then(Value::as_i64).and_then(|version| i32::try_from(version).ok());
        changed_since(connection, &self.table_name, &row.to_string(), then.unwrap_or_default(), now).await
    }
}

/// The entry of that number about a row of one of these tables.
///
/// # Errors
/// The refusal of one that is older than a day, or about another row; and when the database says no.
pub async fn entry(connection: &mut PgConnection, tables: &[&str], row: Uuid, number: i64) -> Result<Entry, Stop> {
    let tables: Vec<String> = tables.iter().map(|table| (*table).to_owned()).collect();
    let found = sqlx::query_as!(
        Entry,
        r#"SELECT l.table_name AS "table_name!", l.changed AS "changed!", v.personal FROM audit_log l
         LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id
         WHERE l.id = $2 AND l.row_id = $1::uuid::text AND l.table_name = ANY ($3) AND l.action = 'UPDATE'
           AND l.occurred_at BETWEEN now() - interval '1 day' AND now()"#,
        row,
        number,
        &tables
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.ok_or_else(|| {
        Refusal::conflict("This change is older than a day, or isn't one of this record. Nothing was changed.")
    })?)
}

/// What setting columns of a row at version `now` back would do, for the form that asks whether to: in a sentence, and why
/// it can't be done, if it can't.
///
/// # Errors
/// When the database says no.
pub async fn outlook(
    connection: &mut PgConnection,
    entry: &Entry,
    row: Uuid,
    columns: &[&str],
    now: i32,
    zone: &Zone,
) -> Result<(String, String), Stop> {
    let names: Vec<String> = columns.iter().map(|column| column.replace('_', " ")).collect();
    let effect = format!("{}: as before this change. The history keeps both.", names.join(", "));
    let since = entry.since(connection, row, now).await?;
    let again = columns.iter().find_map(|column| since.of(column)).map(|change| changed_again(change, zone));
    Ok((capitalised(&effect), again.unwrap_or_default()))
}

fn changed_again(change: &Change, zone: &Zone) -> String {
    let who = change.who.as_deref().unwrap_or("The system");
    format!("{who} changed the same again at {}: undo that one first.", zone.stamp(change.at).short)
}

/// Sets columns of a row, locked before at version `now`, back to what they were before the entry. `key` is the column that
/// names the row.
///
/// # Errors
/// The refusal when somebody changed one of them again, or the values were erased; and when the database says no.
pub async fn set_back(
    connection: &mut PgConnection,
    entry: &Entry,
    (key, row): (&str, Uuid),
    columns: &[&str],
    now: i32,
    zone: &Zone,
) -> Result<(), Stop> {
    let since = entry.since(connection, row, now).await?;
    if let Some(change) = columns.iter().find_map(|column| since.of(column)) {
        return Err(Refusal::conflict(format!("{} Nothing was changed.", changed_again(change, zone))).into());
    }
    let mut before = Map::new();
    for column in columns {
        let value = entry
            .value(column, 0)
            .ok_or_else(|| Refusal::conflict("The values of this change were erased. Nothing was changed."))?;
        before.insert((*column).to_owned(), value.clone());
    }
    // the row's type makes of each what its column holds
    let table = &entry.table_name;
    let sets: Vec<String> = columns.iter().map(|column| format!("{column} = was.{column}")).collect();
    let mut sql = QueryBuilder::<Postgres>::new(format!(
        "UPDATE {table} AS now SET {} FROM jsonb_populate_record(NULL::{table}, ",
        sets.join(", ")
    ));
    sql.push_bind(Value::Object(before)).push(format!(") AS was WHERE now.{key} = ")).push_bind(row);
    sql.build().execute(&mut *connection).await?;
    Ok(())
}
