//! What triggers and foreign keys would have refused is found here, by set-based questions: does every reference
//! lead somewhere, and does every rule of the shop hold. Uniqueness, CHECKs and NOT NULL are kept by `COPY` itself
//! or by building the indexes.

use sqlx::PgConnection;

use super::tables::Table;
use super::{DemoError, Way};
use crate::server::references;

/// Fails with the rules that are broken.
pub async fn check(connection: &mut PgConnection, way: Way) -> Result<(), DemoError> {
    let tables: Vec<&str> = Table::ALL.iter().map(|table| table.target().0).collect();
    let mut broken = references::dangling(connection, &tables, None).await?;
    if way == Way::Bulk {
        // One statement asks for all rules, so each of its hash tables would stay in memory until the last is
        // answered: 28 GB at 10 million orders. Merging the indexes' order takes 15 % longer and hardly any.
        sqlx::raw_sql("SET LOCAL enable_hashjoin = off; SET LOCAL enable_hashagg = off; SET LOCAL work_mem = '32MB'")
            .execute(&mut *connection)
            .await?;
    }
    broken.extend(
        sqlx::query_as::<_, (String, i64)>("SELECT name, violations FROM check_invariants() WHERE violations > 0")
            .fetch_all(connection)
            .await?,
    );
    if broken.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = broken.iter().map(|(name, violations)| format!("{name} ({violations})")).collect();
    Err(DemoError::Unsound(list.join("; ")))
}
