//! What the map says: of a person, and as a whole.

use sqlx::{FromRow, PgPool};
use uuid::Uuid;

/// A table, and what becomes of it on an erasure.
#[derive(Clone, Debug, FromRow)]
pub struct Place {
    /// Its name.
    pub table_name: String,
    /// For people.
    pub title: String,
    /// `deleted`, `blanked` or `kept`.
    pub fate: String,
    /// Whether the person's own export has it.
    pub is_exported: bool,
    /// Why.
    pub why: String,
    /// Rows about the person; of the map as a whole none.
    pub found: i64,
    /// What is emptied where rows stay; of a person none.
    pub fields: Vec<String>,
}

impl Place {
    /// What becomes of it, in words.
    pub fn fate_in_words(&self) -> &'static str {
        match self.fate.as_str() {
            "deleted" => "Deleted",
            "blanked" => "Emptied of everything personal",
            _ => "Kept",
        }
    }
}

/// The account and all that were merged into it.
///
/// # Errors
/// When the database says no.
pub async fn person(db: &PgPool, user: Uuid) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(r#"SELECT accounts_of($1) AS "people!""#, user).fetch_one(db).await
}

/// The map with how many rows each table has about these accounts.
///
/// # Errors
/// When the database says no.
pub async fn of_person(db: &PgPool, people: &[Uuid]) -> sqlx::Result<Vec<Place>> {
    sqlx::query_as!(
        Place,
        r#"SELECT table_name::text AS "table_name!", title AS "title!", fate AS "fate!", is_exported AS "is_exported!",
                  why AS "why!", matches AS "found!", '{}'::text[] AS "fields!"
           FROM count_personal_rows($1)"#,
        people
    )
    .fetch_all(db)
    .await
}

/// The map of everything that has to do with people.
///
/// # Errors
/// When the database says no.
pub async fn whole(db: &PgPool) -> sqlx::Result<Vec<Place>> {
    sqlx::query_as!(
        Place,
        r#"SELECT t.table_name::text AS "table_name!", t.title, t.fate, t.is_exported, t.why, 0::bigint AS "found!",
                  ARRAY(SELECT c.column_name::text FROM personal_columns c
                        WHERE c.table_name = t.table_name AND c.erased_as IS NOT NULL ORDER BY c.column_name) AS "fields!"
           FROM personal_tables t WHERE t.fate <> 'none' ORDER BY t.position NULLS LAST, t.table_name"#
    )
    .fetch_all(db)
    .await
}
