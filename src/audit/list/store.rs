//! Rows of the list, and asking the database for a page of them.

use super::{
    search::{Filter, Who},
    statements::list_statement,
};
use crate::{
    list::{
        limits::found,
        listing::{Found, Paging},
        sort::{By, Key, Sorted},
    },
    server::ids::life_of,
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
    /// What people call that row.
    pub subject: Option<String>,
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

/// The rows of an order as the trail names them: by themselves or by their order.
const ROWS_OF_AN_ORDER: &str = "
    SELECT v.name, $1::text AS row FROM unnest('{orders,order_shipping}'::text[]) AS v (name)
    UNION ALL SELECT 'order_items', t.order_id || '/' || t.id FROM order_items t WHERE t.order_id = $1
    UNION ALL SELECT 'order_notes', t.order_id || '/' || t.id FROM order_notes t WHERE t.order_id = $1
    UNION ALL SELECT 'payments', t.id::text FROM payments t WHERE t.order_id = $1
    UNION ALL SELECT 'refunds', t.id::text FROM refunds t WHERE t.order_id = $1
    UNION ALL SELECT 'order_returns', t.id::text FROM order_returns t WHERE t.order_id = $1
    UNION ALL SELECT 'parcels', t.id::text FROM parcels t WHERE t.order_id = $1
    UNION ALL SELECT 'stock_reservations', t.id::text FROM stock_reservations t WHERE t.order_id = $1
    UNION ALL SELECT 'mails', t.id::text FROM mails t WHERE t.order_id = $1";

/// Turns a name into people and an order's number into its rows; nothing when there are none, or more people than can be
/// looked for.
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
    if let Some(number) = &filter.order {
        let id = sqlx::query_scalar!("SELECT order_id FROM order_numbers WHERE order_number = $1", number);
        let Some(id) = id.fetch_optional(db).await? else { return Ok(None) };
        let rows: Vec<(String, String)> = sqlx::query_as(ROWS_OF_AN_ORDER).bind(id).fetch_all(db).await?;
        filter.rows = rows.into_iter().unzip();
        filter.from.get_or_insert(life_of(id).0);
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
