//! Ids in a row, by what people call the rows that they are of.

use super::words;
use crate::stamp::Zone;
use serde_json::Value;
use sqlx::PgPool;
use std::collections::HashMap;
use uuid::Uuid;

/// Names by id.
pub type Names = HashMap<String, String>;

/// Columns and the ids in them.
pub type Ids = (Vec<String>, Vec<String>);

/// The ids among values of columns.
pub fn ids<'v>(values: impl Iterator<Item = (&'v String, Option<&'v Value>)>) -> Ids {
    let ids = values.filter_map(|(column, value)| {
        let id = value?.as_str().filter(|text| text.parse::<Uuid>().is_ok())?;
        Some((column.clone(), id.to_owned()))
    });
    ids.unzip()
}

/// What the ids in a table's columns are of, where its foreign keys say so; nothing is asked for none.
///
/// # Errors
/// When the database says no.
pub async fn names(db: &PgPool, table_name: &str, (columns, ids): Ids) -> sqlx::Result<Names> {
    if ids.is_empty() {
        return Ok(Names::new());
    }
    let found = sqlx::query!(
        r#"SELECT v.id AS "id!", audit_subject(f.confrelid::regclass::text, v.id) AS name
           FROM unnest($2::text[], $3::text[]) AS v (column_name, id)
           JOIN pg_attribute a ON a.attrelid = to_regclass($1) AND a.attname = v.column_name
           JOIN pg_constraint f ON f.conrelid = a.attrelid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]"#,
        table_name,
        &columns,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().filter_map(|row| Some((row.id, row.name?))).collect())
}

/// A value in a line: an id with its name and its beginning, which tells two of one name apart.
#[must_use]
pub fn value(zone: &Zone, value: Option<&Value>, names: &Names) -> String {
    let plain = words::value(zone, value);
    match names.get(&plain) {
        Some(name) => format!("{name} ({})", plain.get(..8).unwrap_or_default()),
        None => plain,
    }
}
