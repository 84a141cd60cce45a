//! Does every reference lead somewhere? For rows that came in while triggers, and with them foreign keys, were off.

use sqlx::{AssertSqlSafe, PgConnection};
use std::{collections::BTreeMap, fmt::Write};

/// A foreign key.
#[derive(sqlx::FromRow)]
struct Reference {
    name: String,
    referring: String,
    referred: String,
    columns: Vec<String>,
    keys: Vec<String>,
}

/// Foreign keys of these tables with rows that refer to nothing, and how many these are. Each table is read once; with
/// a condition on its row `f`, only these.
///
/// # Errors
/// When the database says no.
pub async fn dangling(
    connection: &mut PgConnection,
    tables: &[&str],
    rows: Option<&str>,
) -> sqlx::Result<Vec<(String, i64)>> {
    let references: Vec<Reference> = sqlx::query_as(
        "SELECT f.conname AS name, f.conrelid::regclass::text AS referring, f.confrelid::regclass::text AS referred,
                ARRAY(SELECT quote_ident(a.attname) FROM unnest(f.conkey) WITH ORDINALITY AS k(number, place)
                      JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
                ARRAY(SELECT quote_ident(a.attname) FROM unnest(f.confkey) WITH ORDINALITY AS k(number, place)
                      JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number ORDER BY k.place) AS keys
         FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid
         WHERE f.contype = 'f' AND f.conparentid = 0 AND t.relnamespace = 'public'::regnamespace AND t.relname = ANY ($1)
         ORDER BY f.conrelid::regclass::text, f.conname",
    )
    .bind(tables)
    .fetch_all(&mut *connection)
    .await?;
    let mut by_table: BTreeMap<&str, Vec<&Reference>> = BTreeMap::new();
    for reference in &references {
        by_table.entry(&reference.referring).or_default().push(reference);
    }
    let mut broken = Vec::new();
    for (table, references) in by_table {
        let counts: Vec<i64> =
            sqlx::query_scalar(AssertSqlSafe(question(table, &references, rows))).fetch_one(&mut *connection).await?;
        let named = references.iter().map(|reference| format!("{table}: {}", reference.name));
        broken.extend(named.zip(counts).filter(|(_, count)| *count > 0));
    }
    Ok(broken)
}

/// Counts a table's rows without a counterpart, for each of its foreign keys. A NULL refers to nothing by right.
fn question(table: &str, references: &[&Reference], rows: Option<&str>) -> String {
    let (mut counts, mut joins) = (String::new(), String::new());
    for (number, Reference { referred, columns, keys, .. }) in references.iter().enumerate() {
        let comma = if number > 0 { ", " } else { "" };
        let given: Vec<String> = columns.iter().map(|column| format!("f.{column} IS NOT NULL AND ")).collect();
        let equal: Vec<String> =
            columns.iter().zip(keys).map(|(column, key)| format!("r{number}.{key} = f.{column}")).collect();
        let first = keys.first().map_or("", String::as_str);
        // a String takes everything, so there is no error to pass on
        let _ = write!(counts, "{comma}count(*) FILTER (WHERE {}r{number}.{first} IS NULL)", given.concat());
        let _ = write!(joins, " LEFT JOIN {referred} r{number} ON {}", equal.join(" AND "));
    }
    let only = rows.map(|rows| format!(" WHERE {rows}")).unwrap_or_default();
    format!("SELECT ARRAY[{counts}] FROM {table} f{joins}{only}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_asks_for_all_references_of_a_table() {
        let reference = |referred: &str, columns: &[&str], keys: &[&str]| Reference {
            name: "key".into(),
            referring: "items".into(),
            referred: referred.into(),
            columns: columns.iter().map(|&name| name.into()).collect(),
            keys: keys.iter().map(|&name| name.into()).collect(),
        };
        let (orders, forms) =
            (reference("orders", &["order_id"], &["id"]), reference("forms", &["a", "b"], &["product", "id"]));
        assert_eq!(
            question("items", &[&orders, &forms], None),
            "SELECT ARRAY[count(*) FILTER (WHERE f.order_id IS NOT NULL AND r0.id IS NULL), \
             count(*) FILTER (WHERE f.a IS NOT NULL AND f.b IS NOT NULL AND r1.product IS NULL)] \
             FROM items f LEFT JOIN orders r0 ON r0.id = f.order_id \
             LEFT JOIN forms r1 ON r1.product = f.a AND r1.id = f.b"
        );
        assert_eq!(
            question("items", &[&orders], Some("f.order_id < 7")),
            "SELECT ARRAY[count(*) FILTER (WHERE f.order_id IS NOT NULL AND r0.id IS NULL)] \
             FROM items f LEFT JOIN orders r0 ON r0.id = f.order_id WHERE f.order_id < 7"
        );
    }
}
