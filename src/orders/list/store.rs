//! Asking the database for a page of the list, in one of three ways:
//!
//! - by what an index finds over all months: a number, a SKU, a parcel, a customer;
//! - by walking the newest months in order of id, and the rest only when the page comes short;
//! - the same, within 12 months and 2 seconds, when no index serves the filters.

use super::{
    search::{Customer, Filter},
    sort::Sort,
    statements::{
        beside_statement, columns, count_statement, fitting_statement, is_found_by_index, is_misjudged, is_served,
        list_statement, people_statement,
    },
};
use crate::{
    orders::model::Status,
    paging::{Cursor, Place},
};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, PgPool, Postgres, QueryBuilder};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A row of the list as stored.
#[derive(Clone, Debug, FromRow)]
pub struct ListRow {
    pub id: Uuid,
    pub order_number: String,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    pub status_changed_at: OffsetDateTime,
    pub customer_name: String,
    pub customer_email: String,
    pub billing_city: Option<String>,
    pub billing_country: Option<String>,
    pub status: String,
    pub payment_status: String,
    pub item_count: i32,
    pub grand_total: Decimal,
    pub paid_total: Decimal,
    pub refunded_total: Decimal,
    pub currency: String,
    pub source: String,
    pub tags: Vec<String>,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
}

/// What was found, and how far was looked.
#[derive(Debug, Default)]
pub struct Found {
    /// One page and one row more, in the order of the statement.
    pub rows: Vec<ListRow>,
    /// Nothing older was looked at.
    pub since: Option<OffsetDateTime>,
    /// It took too long and was given up.
    pub gave_up: bool,
}

/// What is asked of the list.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What the rows fit; its customer has been looked up ([`look_up`]).
    pub filter: Filter,
    /// The state of the tab.
    pub tab: Option<Status>,
    /// Their order.
    pub sort: Sort,
    /// Where the page starts.
    pub place: Place,
    /// Rows of a page.
    pub limit: u16,
    /// Whether the parcel's columns are wanted: one look-up a row.
    pub with_parcel: bool,
}

impl Ask {
    /// The newest of all that fits.
    #[must_use]
    pub fn newest(filter: Filter, tab: Option<Status>, limit: u16) -> Self {
        Self { filter, tab, sort: Sort::default(), place: Place::Start, limit, with_parcel: false }
    }
}

/// Newest months that are looked at first; the rest only when the page comes short.
const FIRST_WINDOW: Duration = Duration::days(62);
/// How far back is looked when no index serves the filters, and for how long.
const UNSERVED_WINDOW: Duration = Duration::days(366);
const UNSERVED_TIME: &str = "2s";
/// How long is counted; a number that takes longer isn't worth its wait.
const COUNTING_TIME: &str = "400ms";
/// Up to where is counted.
pub const MOST_COUNTED: i64 = 10_000;
/// People whose orders are looked up; with more the list is walked by name, where nearly each row fits.
pub(super) const MOST_PEOPLE: usize = 200;

/// From when to before when ids are looked at.
pub type Window = (OffsetDateTime, OffsetDateTime);

/// What looking up the customer of a search came to.
#[derive(Debug)]
pub enum LookedUp {
    /// Look for these orders.
    Filter(Box<Filter>),
    /// Nobody fits.
    Nobody,
    /// More people fit than are looked up.
    TooMany,
}

/// Turns the customer that a search names into people.
///
/// # Errors
/// When the database says no.
pub async fn look_up(db: &PgPool, mut filter: Filter) -> sqlx::Result<LookedUp> {
    let Some(customer) = &filter.customer else { return Ok(LookedUp::Filter(Box::new(filter))) };
    let ids = people(db, customer).await?;
    if ids.is_empty() {
        return Ok(LookedUp::Nobody);
    }
    if ids.len() <= MOST_PEOPLE {
        filter.customer = Some(Customer::Ids(ids));
    } else if !matches!(customer, Customer::Name(_)) {
        return Ok(LookedUp::TooMany);
    }
    Ok(LookedUp::Filter(Box::new(filter)))
}

/// One page of what fits.
///
/// # Errors
/// When the database says no.
pub async fn list(db: &PgPool, ask: &Ask, now: OffsetDateTime) -> sqlx::Result<Found> {
    if is_found_by_index(&ask.filter) {
        let rows = list_statement(ask, None).build_query_as().fetch_all(db).await?;
        return Ok(Found { rows, ..Found::default() });
    }
    if ask.sort == Sort::default() { newest_first(db, ask, now).await } else { sorted(db, ask, now).await }
}

/// Sorted by an index of its own over all months; filters that none serves within the last of them.
async fn sorted(db: &PgPool, ask: &Ask, now: OffsetDateTime) -> sqlx::Result<Found> {
    let window = unserved_window(&ask.filter, now);
    // sorting is left to the planner: where a filter leaves little, it is cheaper than walking
    match limited(db, list_statement(ask, window), UNSERVED_TIME, false).await {
        Ok(rows) => Ok(Found { rows, since: cut_off(&ask.filter, window), ..Found::default() }),
        Err(error) if is_timeout(&error) => Ok(Found { gave_up: true, ..Found::default() }),
        Err(error) => Err(error),
    }
}

async fn newest_first(db: &PgPool, ask: &Ask, now: OffsetDateTime) -> sqlx::Result<Found> {
    let filter = &ask.filter;
    let rows = async |window| {
        let statement = list_statement(ask, window);
        if is_served(filter) {
            let mut statement = statement;
            return statement.build_query_as::<ListRow>().fetch_all(db).await;
        }
        limited(db, statement, UNSERVED_TIME, is_misjudged(filter)).await
    };
    let back = matches!(ask.place, Place::Before(_));
    let start = match &ask.place {
        Place::Start => filter.until.map_or(now, |until| until.min(now)),
        Place::After(cursor) | Place::Before(cursor) => time_of(cursor.id).unwrap_or(now),
    };
    let window = |length: Duration| {
        // a day ahead: clocks differ, and the months kept ahead need not be looked at
        if back { (start, start + length) } else { (start - length, start + Duration::DAY) }
    };
    let first = match rows(Some(window(FIRST_WINDOW))).await {
        Err(error) if is_timeout(&error) => return Ok(Found { gave_up: true, ..Found::default() }),
        rows => rows?,
    };
    let reaches_all = !back && filter.from.is_some_and(|from| from > start - FIRST_WINDOW);
    if first.len() > usize::from(ask.limit) || reaches_all {
        return Ok(Found { rows: first, ..Found::default() });
    }
    if is_served(filter) {
        return Ok(Found { rows: rows(None).await?, ..Found::default() });
    }
    let window = window(UNSERVED_WINDOW);
    let since = if back { None } else { cut_off(filter, Some(window)) };
    match rows(Some(window)).await {
        Ok(rows) => Ok(Found { rows, since, ..Found::default() }),
        Err(error) if is_timeout(&error) => Ok(Found { rows: first, gave_up: true, ..Found::default() }),
        Err(error) => Err(error),
    }
}

/// The months that are looked through when no index serves the filters.
fn unserved_window(filter: &Filter, now: OffsetDateTime) -> Option<Window> {
    if is_served(filter) || is_found_by_index(filter) {
        return None;
    }
    let end = filter.until.map_or(now, |until| until.min(now));
    Some((end - UNSERVED_WINDOW, end + Duration::DAY))
}

/// Where a window cut off what the filter itself doesn't.
fn cut_off(filter: &Filter, window: Option<Window>) -> Option<OffsetDateTime> {
    let (start, _) = window?;
    filter.from.is_none_or(|from| from < start).then_some(start)
}

/// How many fit, at most one more than `most`; nothing when counting takes too long. Where no index serves the
/// filters it counts the months that the list looks through.
///
/// # Errors
/// When the database says no.
pub async fn count(
    db: &PgPool,
    filter: &Filter,
    tab: Option<Status>,
    now: OffsetDateTime,
    most: i64,
) -> sqlx::Result<Option<i64>> {
    let mut transaction = db.begin().await?;
    set_time(&mut transaction, COUNTING_TIME, false).await?;
    let mut statement = count_statement(filter, tab, unserved_window(filter, now), most);
    match statement.build_query_scalar().fetch_one(&mut *transaction).await {
        Ok(count) => {
            transaction.commit().await?;
            Ok(Some(count))
        }
        Err(error) if is_timeout(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Which of the filter's own ids fit it; nothing when finding out takes too long.
///
/// # Errors
/// When the database says no.
pub async fn fitting(db: &PgPool, filter: &Filter, tab: Option<Status>) -> sqlx::Result<Option<Vec<Uuid>>> {
    let mut transaction = db.begin().await?;
    set_time(&mut transaction, COUNTING_TIME, false).await?;
    match fitting_statement(filter, tab).build_query_scalar().fetch_all(&mut *transaction).await {
        Ok(ids) => {
            transaction.commit().await?;
            Ok(Some(ids))
        }
        Err(error) if is_timeout(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The orders beside one in its list: the one before and the one behind. Nothing where finding them takes too long.
///
/// # Errors
/// When the database says no.
pub async fn neighbours(
    db: &PgPool,
    ask: &Ask,
    here: &Cursor,
    now: OffsetDateTime,
) -> sqlx::Result<(Option<Uuid>, Option<Uuid>)> {
    let window = unserved_window(&ask.filter, now);
    let mut sql = beside_statement(ask, here, window);
    let mut transaction = db.begin().await?;
    set_time(&mut transaction, COUNTING_TIME, is_misjudged(&ask.filter)).await?;
    match sql.build_query_as().fetch_one(&mut *transaction).await {
        Ok(found) => {
            transaction.commit().await?;
            Ok(found)
        }
        Err(error) if is_timeout(&error) => Ok((None, None)),
        Err(error) => Err(error),
    }
}

/// The row that the list would have for an order: where it stands in its order.
///
/// # Errors
/// When the database says no.
pub async fn row(db: &PgPool, id: Uuid) -> sqlx::Result<Option<ListRow>> {
    let columns = columns(false);
    let mut sql = QueryBuilder::new(format!("SELECT {columns} FROM orders WHERE id = "));
    sql.push_bind(id).push(" AND deleted_at IS NULL");
    sql.build_query_as().fetch_optional(db).await
}

/// Runs a statement, and not for long. `walks`: the planner is told not to sort, since it takes parts of names for rarer
/// than they are, and would read whole months to find all of them.
async fn limited(
    db: &PgPool,
    mut statement: QueryBuilder<Postgres>,
    time: &str,
    walks: bool,
) -> sqlx::Result<Vec<ListRow>> {
    let mut transaction = db.begin().await?;
    set_time(&mut transaction, time, walks).await?;
    let rows = statement.build_query_as().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// How long a statement of this transaction may take, and whether it walks instead of sorting.
pub(in crate::orders) async fn set_time(connection: &mut PgConnection, time: &str, walks: bool) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT set_config('statement_timeout', $1, true) AS time, set_config('enable_sort', $2, true) AS sort",
        time,
        if walks { "off" } else { "on" }
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Whether a statement took longer than it may.
pub(in crate::orders) fn is_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("57014")
}

/// The people that fit, at most one more than are looked up.
async fn people(db: &PgPool, customer: &Customer) -> sqlx::Result<Vec<Uuid>> {
    people_statement(customer).build_query_scalar().fetch_all(db).await
}

/// The time in a `UUIDv7`.
fn time_of(id: Uuid) -> Option<OffsetDateTime> {
    let millis = id.as_u128() >> 80;
    OffsetDateTime::from_unix_timestamp_nanos(i128::try_from(millis).ok()?.checked_mul(1_000_000)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_id_is_read_from_its_first_48_bits() {
        let id = Uuid::parse_str("0192f3a4-5b6c-7000-8000-000000000000").unwrap();
        assert_eq!(time_of(id).unwrap().unix_timestamp_nanos() / 1_000_000, 0x0192_f3a4_5b6c);
    }
}
