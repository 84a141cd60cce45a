//! What changed in a row since a form about it was drawn, from the audit trail: so that changes to different fields both
//! stand, and who saves the same field second is told who was first.

use crate::server::db::Stop;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

/// The longest that a form is kept open: sessions end sooner.
const LONGEST: Duration = Duration::days(7);

/// A field that changed.
#[derive(Debug)]
pub struct Change {
    /// The column.
    pub field: String,
    /// Who changed it last, for people; nothing for the system and for operators.
    pub who: Option<String>,
    /// When.
    pub at: OffsetDateTime,
    /// What it was when the form was drawn; nothing when it was empty.
    pub base: Option<String>,
}

/// The fields that changed; none when nobody saved meanwhile.
#[derive(Debug, Default)]
pub struct Since(Vec<Change>);

impl Since {
    /// Whether and how a column changed.
    #[must_use]
    pub fn of(&self, column: &str) -> Option<&Change> {
        self.0.iter().find(|change| change.field == column)
    }
}

/// The fields of a row that changed after `version`; `now` is the version that it has.
///
/// # Errors
/// When the database says no.
pub async fn changed_since(
    connection: &mut PgConnection,
    table: &str,
    row: &str,
    version: i32,
    now: i32,
) -> Result<Since, Stop> {
    if version >= now {
        return Ok(Since::default());
    }
    let changes = sqlx::query_as!(
        Change,
        r#"SELECT c.field AS "field!", u.first_name || ' ' || u.last_name AS who, c.changed_at AS "at!", c.base
           FROM changed_since($1, $2, $3, $4) AS c LEFT JOIN users u ON u.id = c.actor_id"#,
        table,
        row,
        version,
        OffsetDateTime::now_utc() - LONGEST
    )
    .fetch_all(connection)
    .await?;
    Ok(Since(changes))
}
