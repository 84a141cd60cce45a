//! Asking the database for a page of the list. Sorts and most filters have an index; what none serves is looked for during
//! two seconds.

use super::{
    search::Filter,
    statements::{count_statement, is_misjudged, is_served, list_statement},
};
use crate::{
    list::{
        limits::{counted, found},
        listing::{Found, Paging},
    },
    users::{
        find::{Who, people},
        model::Status,
    },
};
use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// People that are looked up before the list is asked for them; with more the list is walked, where many fit.
const MOST_PEOPLE: usize = 1_000;

/// A row of the list as stored.
#[derive(Clone, Debug, FromRow)]
pub struct ListRow {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub phone_number: Option<String>,
    pub role: String,
    pub status: String,
    pub email_verified: bool,
    pub locked_until: Option<OffsetDateTime>,
    pub last_login_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub tags: Vec<String>,
    pub orders: i32,
    pub spent_minor: i64,
    pub currency: Option<String>,
    pub country: Option<String>,
}

/// What is asked of the list.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What the rows fit.
    pub filter: Filter,
    /// The state of the tab.
    pub tab: Option<Status>,
    /// Their order and page.
    pub paging: Paging<ListRow>,
    /// The time: who is locked follows from it.
    pub now: OffsetDateTime,
}

/// Turns who is searched for into people, where that are few; nothing when there are none.
///
/// # Errors
/// When the database says no.
pub async fn look_up(db: &PgPool, mut filter: Filter) -> sqlx::Result<Option<Filter>> {
    if let Some(who) = filter.who.as_ref().filter(|who| !matches!(who, Who::Ids(_))) {
        let ids = people(db, who, MOST_PEOPLE).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        if ids.len() <= MOST_PEOPLE {
            filter.who = Some(Who::Ids(ids));
        }
    }
    Ok(Some(filter))
}

/// One page of what fits.
///
/// # Errors
/// When the database says no.
pub async fn list(db: &PgPool, ask: &Ask) -> sqlx::Result<Found<ListRow>> {
    if is_served(&ask.filter) {
        return Ok(Found::all(list_statement(ask).build_query_as().fetch_all(db).await?));
    }
    found(db, list_statement(ask), is_misjudged(&ask.filter)).await
}

/// How many fit, at most one more than `most`; nothing when counting takes too long.
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
    counted(db, count_statement(filter, tab, now, most)).await
}
