//! Rows of the list, and asking the database for a page of them.

use super::{
    search::{Filter, Who},
    statements::list_statement,
};
use crate::list::{
    limits::found,
    listing::{Found, Paging},
    sort::{By, Key, Sorted},
};
use serde_json::Value;
use sqlx::{FromRow, PgPool, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// Most people that a name may be of.
const MOST_PEOPLE: i64 = 50;

/// A row of the list as stored.
#[derive(Clone, Debug, FromRow)]
pub struct ListRow {
    pub id: Uuid,
    pub at: OffsetDateTime,
    pub kind: String,
    pub action: String,
    pub table_name: String,
    pub row_id: String,
    pub changed: Value,
    pub personal: Vec<String>,
    pub actor_kind: String,
    pub who: Option<String>,
    pub request_id: Option<String>,
    pub reason: Option<String>,
}

impl Sorted for ListRow {
    const SORTS: &'static [By<Self>] =
        &[By { name: "time", key: Key::Time(|row| Some(row.at)), column: "e.at", id: "e.id", unindexed: "e.at" }];

    fn id(&self) -> Uuid {
        self.id
    }
}

/// What is asked of the list.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What the rows fit.
    pub filter: Filter,
    /// Their page.
    pub paging: Paging<ListRow>,
    /// Only the usual time is looked through.
    pub is_window: bool,
}

/// Turns a name into people; nothing when there are none, or more than can be looked for.
///
/// # Errors
/// When the database says no.
pub async fn look_up(db: &PgPool, mut filter: Filter) -> sqlx::Result<Option<Filter>> {
    if let Some(Who::Named(name)) = &filter.who {
        let mut sql = QueryBuilder::new("SELECT u.id FROM users u WHERE u.role <> 'customer' AND position(");
        sql.push_bind(name.clone());
        sql.push(" IN lower(u.first_name || ' ' || u.last_name || ' ' || u.email)) > 0 UNION SELECT u.id FROM users u WHERE u.email = ");
        sql.push_bind(name.clone()).push(" LIMIT ").push_bind(MOST_PEOPLE);
        let ids: Vec<Uuid> = sql.build_query_scalar().fetch_all(db).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        filter.who = Some(Who::Ids(ids));
    }
    Ok(Some(filter))
}

/// One page of what fits.
///
/// # Errors
/// When the database says no.
pub async fn list(db: &PgPool, ask: &Ask) -> sqlx::Result<Found<ListRow>> {
    found(db, list_statement(ask), false).await
}
