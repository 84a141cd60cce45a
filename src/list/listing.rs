//! What every list does in the same way: it reads its address, frames the page, cuts it from the rows that were found.

use super::{
    counts,
    declare::{Column, Filter, Viewer, choices, chosen, heads, read_filters},
    model::{Chip, List, Query, Row},
    search::{Reads, Search},
    sort::{Sort, Sorted},
};
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    paging::{self, Cursor, DEFAULT_LIMIT, LIMITS, Page, Place},
};
use sqlx::{FromRow, Postgres, QueryBuilder, postgres::PgRow};
use std::fmt::{self, Debug};
use time::OffsetDateTime;
use uuid::Uuid;

/// Up to where is counted.
pub const MOST_COUNTED: i64 = 10_000;
/// The parameters that every list knows besides its filters; others are left out of its links.
const KNOWN: [&str; 9] = ["q", "status", "sort", "cols", "limit", "after", "before", "panel", "view"];

/// Where a page starts, in which order, and how long it is.
pub struct Paging<R> {
    /// The order of the rows.
    pub sort: Sort<R>,
    /// Where it starts.
    pub place: Place,
    /// Its rows.
    pub limit: u16,
}

impl<R> Clone for Paging<R> {
    fn clone(&self) -> Self {
        Self { sort: self.sort, place: self.place.clone(), limit: self.limit }
    }
}

impl<R> Debug for Paging<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} from {:?}, {}", self.sort, self.place, self.limit)
    }
}

impl<R> Default for Paging<R> {
    fn default() -> Self {
        Self { sort: Sort::default(), place: Place::Start, limit: DEFAULT_LIMIT }
    }
}

/// A list, implemented by what is asked of its database.
pub trait Listing: Clone + Debug + Send + Sync + Sized + 'static {
    /// Its name in saved views, files and jobs: `orders`.
    const CODE: &'static str;
    /// Its address.
    const PATH: &'static str;
    /// Before a row's id in its address; empty: rows have no page.
    const ROWS: &'static str;
    /// Its name, for people.
    const TITLE: &'static str;
    /// What a row is, what rows are.
    const NOUN: (&'static str, &'static str);
    /// The columns with a time: their heads in a file say its zone.
    const TIMES: &'static [&'static str];
    /// The right to take it out of the house as a file.
    const EXPORT: Right;
    /// The job that makes a large file: `orders.export`.
    const EXPORT_JOB: &'static str;

    /// A row as stored.
    type Row: Sorted + Send + Unpin + for<'r> FromRow<'r, PgRow>;
    /// A row whose words are known to this version.
    type Known: Send;

    /// Its columns.
    fn columns() -> &'static [Column<Self::Known>];
    /// Its filters.
    fn filters() -> &'static [Filter];
    /// A row with its words known.
    ///
    /// # Errors
    /// When the database holds a word that this version doesn't know.
    fn known(row: Self::Row, now: OffsetDateTime) -> Result<Self::Known, AppError>;
    /// A row's id, and what it is called.
    fn name(known: &Self::Known) -> (Uuid, String);

    /// Reads an address.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] for one that no page of ours leads to.
    fn read(ctx: &Ctx, query: &Query) -> impl Future<Output = Result<Asked<Self>, AppError>> + Send;
    /// The same with what its filter names looked up; nothing when nobody fits, or too many.
    ///
    /// # Errors
    /// When the database says no.
    fn looked_up(self, ctx: &Ctx) -> impl Future<Output = Result<Option<Self>, AppError>> + Send;
    /// How many rows fit an address, at most one more than `most`; nothing when counting takes long.
    ///
    /// # Errors
    /// When the database says no.
    fn count(ctx: &Ctx, query: &Query, most: i64) -> impl Future<Output = Result<Option<i64>, AppError>> + Send;

    /// Where its page starts.
    fn paging(&mut self) -> &mut Paging<Self::Row>;
    /// The ids that it is narrowed to; none: all.
    fn ids(&mut self) -> &mut Vec<Uuid>;
    /// The statement of a page, one row more than it has.
    fn page_statement(&self) -> QueryBuilder<Postgres>;
    /// The statement of all rows, for a file.
    fn file_statement(&self) -> QueryBuilder<Postgres>;
}

/// What an address asks for, read.
pub struct Asked<A: Listing> {
    /// The address without what the list doesn't know.
    pub query: Query,
    /// For the database; what its filter names isn't looked up yet.
    pub ask: A,
    /// The columns on show.
    pub columns: Vec<&'static Column<A::Known>>,
    /// The filters in use.
    pub chips: Vec<Chip>,
    /// What can't be looked for.
    pub problems: Vec<String>,
}

impl<A: Listing> Asked<A> {
    /// What can't be looked for, in sentences.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        (!self.problems.is_empty()).then(|| self.problems.join(" "))
    }

    /// With what the filter names looked up; nothing when nobody fits, or too many.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn looked_up(&self, ctx: &Ctx) -> Result<Option<A>, AppError> {
        self.ask.clone().looked_up(ctx).await
    }
}

/// What an address asks for in every list: its known parameters, and where the page starts.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to.
pub fn address<A: Listing>(query: &Query) -> Result<(Query, Paging<A::Row>), AppError> {
    let bad = AppError::BadRequest;
    let is_known = |name: &str| KNOWN.contains(&name) || A::filters().iter().any(|filter| filter.name == name);
    let query = Query::new(
        query.parameters().filter(|(name, _)| is_known(name)).map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let place = Place::parse(Some(query.get("after")), Some(query.get("before"))).map_err(bad)?;
    let sort = Sort::parse(query.get("sort"))
        .ok_or_else(|| bad(format!("“{}” is no order of this list", query.get("sort"))))?;
    if !sort.reads(&place) {
        return Err(bad("This page belongs to another order of the list".into()));
    }
    let limit = paging::limit(Some(query.get("limit")));
    Ok((query, Paging { sort, place, limit }))
}

/// The search and the filters of an address: what the rows must fit, chips for what was understood, problems for the rest.
pub fn words<A: Listing, R: Reads>(reader: &R, query: &Query) -> (R::Filter, Vec<Chip>, Vec<String>) {
    let Search { mut filter, words, mut problems } = reader.read(query.get("q"));
    let mut chips: Vec<Chip> = words
        .into_iter()
        .map(|word| Chip {
            label: word.label.to_owned(),
            value: word.value,
            without: query.first_page().with("q", &word.without).address(A::PATH),
        })
        .collect();
    let (more, wrong) =
        read_filters(A::filters(), query, A::PATH, |word, value| reader.field(&mut filter, word, value));
    chips.extend(more);
    problems.extend(wrong);
    (filter, chips, problems)
}

/// The columns that an address asks for.
#[must_use]
pub fn columns<A: Listing>(query: &Query) -> Vec<&'static Column<A::Known>> {
    chosen(A::columns(), query)
}

/// The list without its rows, tabs and fields.
pub fn frame<A: Listing>(
    query: &Query,
    paging: &Paging<A::Row>,
    columns: &[&'static Column<A::Known>],
    chips: Vec<Chip>,
) -> List {
    let first = query.first_page().without(&["panel"]);
    let narrowing: Vec<&str> =
        ["q", "status"].into_iter().chain(A::filters().iter().map(|filter| filter.name)).collect();
    let but_status: Vec<&str> = narrowing.iter().copied().filter(|name| *name != "status").collect();
    let panel = match query.get("panel") {
        open @ ("columns" | "filters") => open.to_owned(),
        _ => String::new(),
    };
    let sizes = LIMITS
        .into_iter()
        .map(|size| {
            let text = if size == DEFAULT_LIMIT { String::new() } else { size.to_string() };
            (size, first.with("limit", &text).address(A::PATH), size == paging.limit)
        })
        .collect();
    let file = |kind: &str| first.without(&["limit", "view"]).with("format", kind).address(&below::<A>("export"));
    List {
        heads: heads(columns, &paging.sort.text(), &first, A::PATH),
        row_path: A::ROWS.into(),
        row_tail: Query::default().with("in", &query.without(&["panel"]).text()).address(""),
        sizes,
        is_narrowed: narrowing.iter().any(|name| !query.get(name).is_empty()),
        chips,
        cleared: first.without(&but_status).address(A::PATH),
        all: Query::default().with("view", first.get("view")).address(A::PATH),
        kept: first
            .parameters()
            .filter(|(name, _)| *name != "q")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        columns: if panel == "columns" { choices(A::columns(), columns, &first, A::PATH) } else { Vec::new() },
        panel_address: (first.with("panel", "columns").address(A::PATH), first.address(A::PATH)),
        panel,
        save: Query::default().with("list", A::CODE).with("query", &first.text()).address("/views"),
        files: [file("csv"), file("xlsx"), file("json")],
        bulk: first.without(&["limit", "view", "panel"]).address(&below::<A>("bulk")),
        bulk_chosen: below::<A>("bulk"),
        ..List::default()
    }
}

/// An address below the list's: `/orders/bulk`.
#[must_use]
pub fn below<A: Listing>(name: &str) -> String {
    format!("{}/{name}", A::PATH)
}

/// Rows that were found: one page and one row more, in the order of the statement.
#[derive(Debug)]
pub struct Found<R> {
    /// The rows.
    pub rows: Vec<R>,
    /// Nothing older was looked at.
    pub since: Option<OffsetDateTime>,
    /// It took too long and was given up.
    pub gave_up: bool,
}

impl<R> Found<R> {
    /// All that were looked for.
    #[must_use]
    pub const fn all(rows: Vec<R>) -> Self {
        Self { rows, since: None, gave_up: false }
    }

    /// Nothing in time.
    #[must_use]
    pub const fn too_late() -> Self {
        Self { rows: Vec::new(), since: None, gave_up: true }
    }
}

/// Puts the rows of a page on the list, with the ways to its neighbours and how many there are.
///
/// # Errors
/// When the database holds a word that this version doesn't know.
pub fn put_page<A: Listing>(
    list: &mut List,
    query: &Query,
    paging: &Paging<A::Row>,
    columns: &[&'static Column<A::Known>],
    (found, count): (Found<A::Row>, Option<i64>),
    (viewer, now): (&Viewer, OffsetDateTime),
) -> Result<(), AppError> {
    let page = Page::cut(found.rows, paging.limit, &paging.place, |row| paging.sort.cursor(row));
    let turn = |name: &str, cursor: Option<Cursor>| {
        cursor.map(|cursor| query.first_page().with(name, &cursor.text()).address(A::PATH)).unwrap_or_default()
    };
    (list.previous, list.next) = (turn("before", page.previous), turn("after", page.next));
    let is_whole = paging.place == Place::Start && list.next.is_empty() && !found.gave_up;
    let on_page = page.rows.len();
    let count = if is_whole { i64::try_from(on_page).ok() } else { count };
    list.summary = counts::summary(on_page, count, MOST_COUNTED, A::NOUN);
    list.rows = page
        .rows
        .into_iter()
        .map(|row| {
            let known = A::known(row, now)?;
            let cells = columns.iter().map(|column| (column.cell)(&known, viewer)).collect();
            let (id, name) = A::name(&known);
            Ok(Row { id, name, cells })
        })
        .collect::<Result<_, AppError>>()?;
    Ok(())
}
