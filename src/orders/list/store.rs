//! Asking the database for a page of the list, in one of three ways:
//!
//! - by what an index finds over all months: a number, a SKU, a parcel, a customer;
//! - by walking the newest months in order of id, and the rest only when the page comes short;
//! - the same, within 12 months and 2 seconds, when no index serves the filters.

use super::{
    search::Filter,
    served::{is_found_by_index, is_misjudged, is_served, keeps_its_plan},
    sort::Sort,
    statements::{beside_statement, columns, count_statement, fitting_statement, list_statement},
};
use crate::{
    list::{
        limits::{COUNTING_TIME, UNSERVED_TIME, counted, is_timeout, limited, timed},
        listing::{Found, Paging},
    },
    orders::model::Status,
    paging::{Cursor, Place},
    server::{
        db::{KEPT_PLANS, reading},
        ids::time_of,
    },
    users::find::{Who, people},
};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgPool, QueryBuilder};
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

/// What is asked of the list.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What the rows fit; its customer has been looked up ([`look_up`]).
    pub filter: Filter,
    /// The state of the tab.
    pub tab: Option<Status>,
    /// Their order and page.
    pub paging: Paging<ListRow>,
    /// Whether the parcel's columns are wanted: one look-up a row.
    pub with_parcel: bool,
}

impl Ask {
    /// The newest of all that fits.
    #[must_use]
    pub fn newest(filter: Filter, tab: Option<Status>, limit: u16) -> Self {
        Self { filter, tab, paging: Paging { limit, ..Paging::default() }, with_parcel: false }
    }
}

/// Newest months that are looked at first; the rest only when the page comes short.
const FIRST_WINDOW: Duration = Duration::days(62);
/// How far back is looked when no index serves the filters.
const UNSERVED_WINDOW: Duration = Duration::days(366);
/// People whose orders are looked up; with more the list is walked by name, where nearly each row fits.
const MOST_PEOPLE: usize = 200;

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
    let ids = people(db, customer, MOST_PEOPLE).await?;
    if ids.is_empty() {
        return Ok(LookedUp::Nobody);
    }
    if ids.len() <= MOST_PEOPLE {
        filter.customer = Some(Who::Ids(ids));
    } else if !matches!(customer, Who::Name(_)) {
        return Ok(LookedUp::TooMany);
    }
    Ok(LookedUp::Filter(Box::new(filter)))
}

/// One page of what fits.
///
/// # Errors
/// When the database says no.
pub async fn list(db: &PgPool, ask: &Ask, now: OffsetDateTime) -> sqlx::Result<Found<ListRow>> {
    if is_found_by_index(&ask.filter) {
        return Ok(Found::all(rows(db, ask, None).await?));
    }
    if ask.paging.sort == Sort::default() { newest_first(db, ask, now).await } else { sorted(db, ask, now).await }
}

/// What an index finds.
async fn rows(db: &PgPool, ask: &Ask, window: Option<Window>) -> sqlx::Result<Vec<ListRow>> {
    let mut statement = list_statement(ask, window);
    if !keeps_its_plan(ask) {
        return statement.build_query_as().fetch_all(db).await;
    }
    let mut kept = reading(db, &[KEPT_PLANS]).await?;
    let rows = statement.build_query_as().fetch_all(&mut *kept).await?;
    kept.commit().await?;
    Ok(rows)
}

/// Sorted by an index of its own over all months; filters that none serves within the last of them.
async fn sorted(db: &PgPool, ask: &Ask, now: OffsetDateTime) -> sqlx::Result<Found<ListRow>> {
    if keeps_its_plan(ask) {
        return Ok(Found::all(rows(db, ask, None).await?));
    }
    let window = unserved_window(&ask.filter, now);
    // sorting is left to the planner: where a filter leaves little, it is cheaper than walking
    match limited(db, list_statement(ask, window), UNSERVED_TIME, false).await {
        Ok(rows) => Ok(Found { since: cut_off(&ask.filter, window), ..Found::all(rows) }),
        Err(error) if is_timeout(&error) => Ok(Found::too_late()),
        Err(error) => Err(error),
    }
}

async fn newest_first(db: &PgPool, ask: &Ask, now: OffsetDateTime) -> sqlx::Result<Found<ListRow>> {
    let (filter, place) = (&ask.filter, &ask.paging.place);
    let rows = async |window| {
        if is_served(filter) {
            return rows(db, ask, window).await;
        }
        limited(db, list_statement(ask, window), UNSERVED_TIME, is_misjudged(filter)).await
    };
    let back = matches!(place, Place::Before(_));
    let start = match place {
        Place::Start => filter.until.map_or(now, |until| until.min(now)),
        Place::After(cursor) | Place::Before(cursor) => time_of(cursor.id).unwrap_or(now),
    };
    let window = |length: Duration| {
        // a day ahead: clocks differ, and the months kept ahead need not be looked at
        if back { (start, start + length) } else { (start - length, start + Duration::DAY) }
    };
    let first = match rows(Some(window(FIRST_WINDOW))).await {
        Err(error) if is_timeout(&error) => return Ok(Found::too_late()),
        rows => rows?,
    };
    let reaches_all = !back && filter.from.is_some_and(|from| from > start - FIRST_WINDOW);
    if first.len() > usize::from(ask.paging.limit) || reaches_all {
        return Ok(Found::all(first));
    }
    if is_served(filter) {
        return Ok(Found::all(rows(None).await?));
    }
    let window = window(UNSERVED_WINDOW);
    let since = if back { None } else { cut_off(filter, Some(window)) };
    match rows(Some(window)).await {
        Ok(rows) => Ok(Found { since, ..Found::all(rows) }),
        Err(error) if is_timeout(&error) => Ok(Found { gave_up: true, ..Found::all(first) }),
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
    counted(db, count_statement(filter, tab, unserved_window(filter, now), most)).await
}

/// Which of the filter's own ids fit it; nothing when finding out takes too long.
///
/// # Errors
/// When the database says no.
pub async fn fitting(db: &PgPool, filter: &Filter, tab: Option<Status>) -> sqlx::Result<Option<Vec<Uuid>>> {
    let mut transaction = timed(db, COUNTING_TIME, false).await?;
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
    let mut transaction = timed(db, COUNTING_TIME, is_misjudged(&ask.filter)).await?;
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
