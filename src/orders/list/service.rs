//! From an address to a page of the list, a number, an order's neighbours.

use super::{
    columns::{COLUMNS, Known, need_parcel},
    filters::FILTERS,
    search::{Filter, Names, Reader},
    sort::Sort,
    store::{self, Ask, Found, ListRow, LookedUp, MOST_COUNTED},
};
use crate::{
    auth::guard::Ctx,
    error::AppError,
    list::{
        counts,
        declare::{Column, Viewer, choices, chosen, fields, heads, read_filters},
        model::{Chip, List, Query, Row, Tab},
        views::{
            model::{KINDS, kind},
            service::shown,
        },
    },
    orders::{
        assignment::colleagues,
        model::{PaymentState, Status},
        service::{payment_state_of, status_of},
        store as order_store,
    },
    paging::{self, DEFAULT_LIMIT, LIMITS, Page, Place},
    server::numbers,
};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use uuid::Uuid;

/// The list's address.
pub const PATH: &str = "/orders";
/// Where many orders are changed together.
const BULK_PATH: &str = "/orders/bulk";
/// The parameters that a list knows; others are left out of its links.
const KNOWN: [&str; 9] = ["q", "status", "sort", "cols", "limit", "after", "before", "panel", "view"];

/// Orders that can be asked about at once: more than one page is told of before it says “many”.
const MOST_HINTED: usize = 200;

/// What an address asks for, read.
pub struct Asked {
    /// The address without what the list doesn't know.
    pub query: Query,
    /// For the database; the customer of its filter isn't looked up yet.
    pub ask: Ask,
    /// The columns on show.
    pub columns: Vec<&'static Column<Known>>,
    /// The filters in use.
    chips: Vec<Chip>,
    /// What can't be looked for.
    problems: Vec<String>,
    names: Arc<Names>,
}

/// Reads an address.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to.
pub async fn read(ctx: &Ctx, query: &Query) -> Result<Asked, AppError> {
    let bad = AppError::BadRequest;
    let is_known = |name: &str| KNOWN.contains(&name) || FILTERS.iter().any(|filter| filter.name == name);
    let query = Query::new(
        query.parameters().filter(|(name, _)| is_known(name)).map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let place = Place::parse(Some(query.get("after")), Some(query.get("before"))).map_err(bad)?;
    let tab = match query.get("status") {
        "" => None,
        code => Some(Status::parse(code).ok_or_else(|| bad(format!("“{code}” is no order status")))?),
    };
    let sort = Sort::parse(query.get("sort"))
        .ok_or_else(|| bad(format!("“{}” is no order of this list", query.get("sort"))))?;
    if !sort.reads(&place) {
        return Err(bad("This page belongs to another order of the list".into()));
    }
    let names = names(ctx).await?;
    let zone = ctx.zone();
    let reader = Reader::of(&ctx.me, &zone, &names, OffsetDateTime::now_utc());
    let search = reader.read(query.get("q"));
    let mut filter = search.filter;
    let mut chips: Vec<Chip> = search
        .words
        .into_iter()
        .map(|word| Chip {
            label: word.label.to_owned(),
            value: word.value,
            without: query.first_page().with("q", &word.without).address(PATH),
        })
        .collect();
    let (more, wrong) = read_filters(&FILTERS, &query, PATH, |word, value| reader.field(&mut filter, word, value));
    chips.extend(more);
    let problems = search.problems.into_iter().chain(wrong).collect();
    let columns = chosen(&COLUMNS, &query);
    let ask = Ask {
        filter,
        tab,
        sort,
        place,
        limit: paging::limit(Some(query.get("limit"))),
        with_parcel: need_parcel(&columns),
    };
    Ok(Asked { query, ask, columns, chips, problems, names })
}

impl Asked {
    /// What can't be looked for, in sentences.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        (!self.problems.is_empty()).then(|| self.problems.join(" "))
    }
}

/// A page of the list.
///
/// # Errors
/// As [`read`], and when the database says no.
pub async fn list(ctx: &Ctx, query: &Query) -> Result<List, AppError> {
    let shown = shown(ctx, kind("orders").unwrap_or(&KINDS[0]), query).await?;
    let Asked { query, mut ask, columns, chips, problems, names } = read(ctx, &shown.query).await?;
    let now = OffsetDateTime::now_utc();
    let first = query.first_page().without(&["panel"]);
    let open = open_counts(ctx).await?;
    let mut list = frame(&query, &first, &ask, &columns, chips);
    list.views = shown.views;
    list.save = Query::default().with("list", "orders").with("query", &first.text()).address("/views");
    list.tabs = tabs(&first, &open);
    list.fields = fields(&FILTERS, &query, |name| match name {
        "warehouse" => names.warehouses.iter().map(|house| (house.code.clone(), house.name.clone())).collect(),
        _ => Vec::new(),
    });
    if !problems.is_empty() {
        list.problem = problems.join(" ");
        return Ok(list);
    }
    match store::look_up(&ctx.state.db, ask.filter).await? {
        LookedUp::Filter(filter) => ask.filter = *filter,
        LookedUp::Nobody => {
            list.summary = counts::summary(0, Some(0), MOST_COUNTED, NOUN);
            return Ok(list);
        }
        LookedUp::TooMany => {
            list.problem = "More than 200 customers fit this. Type more of it.".into();
            return Ok(list);
        }
    }
    let (found, count) = tokio::try_join!(
        async { store::list(&ctx.state.db, &ask, now).await.map_err(AppError::from) },
        number(ctx, &ask, now)
    )?;
    let Found { rows, since, gave_up } = found;
    if gave_up {
        list.note = "This search took too long and was stopped, so there may be more. \
                     Add a time or a status, such as placed:30d or status:shipped."
            .into();
    } else if let Some(since) = since {
        list.note = format!(
            "Looked through 12 months, back to {}. Add a time, such as placed:2024, to look further back.",
            ctx.zone().day(since)
        );
    }
    let page = Page::cut(rows, ask.limit, &ask.place, |row| ask.sort.cursor(row));
    let turn = |name: &str, cursor: Option<paging::Cursor>| {
        cursor.map(|cursor| query.first_page().with(name, &cursor.text()).address(PATH)).unwrap_or_default()
    };
    (list.previous, list.next) = (turn("before", page.previous), turn("after", page.next));
    let is_whole = ask.place == Place::Start && list.next.is_empty() && !gave_up;
    let on_page = page.rows.len();
    let count = if is_whole { i64::try_from(on_page).ok() } else { count };
    list.summary = counts::summary(on_page, count, MOST_COUNTED, NOUN);
    let viewer = Viewer { zone: ctx.zone(), role: ctx.me.role };
    list.rows = page.rows.into_iter().map(|row| draw(row, &columns, &viewer, now)).collect::<Result<_, _>>()?;
    Ok(list)
}

const NOUN: (&str, &str) = ("order", "orders");

/// The list without its rows.
fn frame(query: &Query, first: &Query, ask: &Ask, columns: &[&'static Column<Known>], chips: Vec<Chip>) -> List {
    let narrowing: Vec<&str> = ["q", "status"].into_iter().chain(FILTERS.iter().map(|filter| filter.name)).collect();
    let but_status: Vec<&str> = narrowing.iter().copied().filter(|name| *name != "status").collect();
    let sort = if query.get("sort").is_empty() { "-placed" } else { query.get("sort") };
    let panel = match query.get("panel") {
        open @ ("columns" | "filters") => open.to_owned(),
        _ => String::new(),
    };
    let sizes = LIMITS
        .into_iter()
        .map(|size| {
            let text = if size == DEFAULT_LIMIT { String::new() } else { size.to_string() };
            (size, first.with("limit", &text).address(PATH), size == ask.limit)
        })
        .collect();
    let file = |kind: &str| first.without(&["limit", "view"]).with("format", kind).address("/orders/export");
    List {
        heads: heads(columns, sort, first, PATH),
        row_path: "/orders/".into(),
        row_tail: Query::default().with("in", &query.without(&["panel"]).text()).address(""),
        sizes,
        is_narrowed: narrowing.iter().any(|name| !query.get(name).is_empty()),
        chips,
        cleared: first.without(&but_status).address(PATH),
        all: Query::default().with("view", first.get("view")).address(PATH),
        kept: first
            .parameters()
            .filter(|(name, _)| *name != "q")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        columns: if panel == "columns" { choices(&COLUMNS, columns, first, PATH) } else { Vec::new() },
        panel_address: (first.with("panel", "columns").address(PATH), first.address(PATH)),
        panel,
        files: (file("csv"), file("xlsx")),
        bulk: first.without(&["limit", "view", "panel"]).address(BULK_PATH),
        bulk_chosen: BULK_PATH.into(),
        ..List::default()
    }
}

/// One tab a state, with the number of all orders in it, whatever is searched for; the rest stays when the tab changes.
fn tabs(first: &Query, open: &[i64]) -> Vec<Tab> {
    let tab = |label: &str, code: &str, count: i64| Tab {
        label: label.to_owned(),
        to: first.with("status", code).address(PATH),
        current: first.get("status") == code,
        count: match count {
            0 => String::new(),
            some => counts::until(some, numbers::MOST),
        },
    };
    let count = |wanted: Status| {
        Status::OPEN.iter().zip(open).find(|(status, _)| **status == wanted).map_or(0, |(_, count)| *count)
    };
    let states = Status::ALL.into_iter().map(|status| tab(status.label(), status.code(), count(status)));
    std::iter::once(tab("All", "", 0)).chain(states).collect()
}

/// The number of orders in each open state, by its code, as the tabs show it; at most `age` old.
///
/// # Errors
/// When the database says no.
pub async fn tab_numbers(ctx: &Ctx, age: Duration) -> Result<Vec<[String; 2]>, AppError> {
    let open = ctx.state.order_counts.get_within((), age, read_open_counts(ctx)).await?;
    let number = |count: i64| if count == 0 { String::new() } else { counts::until(count, numbers::MOST) };
    Ok(Status::OPEN.iter().zip(open.iter()).map(|(state, count)| [state.code().to_owned(), number(*count)]).collect())
}

/// Which of these orders the list has that an address asks for, on whatever page.
///
/// # Errors
/// As [`read`]; [`AppError::Busy`] when finding out takes too long.
pub async fn fitting(ctx: &Ctx, query: &Query, ids: Vec<Uuid>) -> Result<Vec<Uuid>, AppError> {
    if ids.len() > MOST_HINTED {
        return Err(AppError::BadRequest(format!("At most {MOST_HINTED} orders can be asked about at once.")));
    }
    let shown = shown(ctx, kind("orders").unwrap_or(&KINDS[0]), query).await?;
    let asked = read(ctx, &shown.query.first_page()).await?;
    if ids.is_empty() || asked.problem().is_some() {
        return Ok(Vec::new());
    }
    let Some(mut filter) = looked_up(ctx, &asked).await? else { return Ok(Vec::new()) };
    filter.ids = ids;
    store::fitting(&ctx.state.db, &filter, asked.ask.tab).await?.ok_or(AppError::Busy)
}

/// Orders in each open state, asked for once in a while by whoever comes first.
async fn open_counts(ctx: &Ctx) -> Result<Arc<[i64]>, AppError> {
    ctx.state.order_counts.get((), read_open_counts(ctx)).await
}

async fn read_open_counts(ctx: &Ctx) -> Result<Arc<[i64]>, AppError> {
    let rows = order_store::waiting(&ctx.state.db, &Status::OPEN, OffsetDateTime::now_utc()).await?;
    Ok(rows.into_iter().map(|(_, count, _)| count).collect())
}

/// What a search can name.
pub(super) async fn names(ctx: &Ctx) -> Result<Arc<Names>, AppError> {
    let read = async {
        let db = &ctx.state.db;
        let (warehouses, colleagues) =
            tokio::try_join!(async { order_store::warehouses(db).await.map_err(AppError::from) }, colleagues(db))?;
        Ok::<_, AppError>(Arc::new(Names { warehouses, colleagues }))
    };
    ctx.state.names.get((), read).await
}

/// How many orders fit, kept for a while; nothing where counting them takes too long.
///
/// # Errors
/// When the database says no.
pub async fn number(ctx: &Ctx, ask: &Ask, now: OffsetDateTime) -> Result<Option<i64>, AppError> {
    let key = format!("{:?} {:?}", ask.filter, ask.tab);
    let count =
        async { Ok::<_, AppError>(store::count(&ctx.state.db, &ask.filter, ask.tab, now, MOST_COUNTED).await?) };
    Box::pin(ctx.state.list_counts.get(key, count)).await
}

/// How many orders fit an address, at most one more than `most`; nothing when it can't be read, or counting takes long.
///
/// # Errors
/// When the database says no.
pub async fn count_of(ctx: &Ctx, query: &Query, most: i64) -> Result<Option<i64>, AppError> {
    let Ok(asked) = read(ctx, &query.first_page()).await else { return Ok(None) };
    if asked.problem().is_some() {
        return Ok(None);
    }
    let Some(filter) = looked_up(ctx, &asked).await? else { return Ok(Some(0)) };
    Ok(store::count(&ctx.state.db, &filter, asked.ask.tab, OffsetDateTime::now_utc(), most).await?)
}

/// A row with its words known.
///
/// # Errors
/// When the database holds a word that this version doesn't know.
pub fn known(row: ListRow, now: OffsetDateTime) -> Result<Known, AppError> {
    let status: Status = status_of(&row.status)?;
    let payment: PaymentState = payment_state_of(&row.payment_status)?;
    Ok(Known { row, status, payment, now })
}

fn draw(row: ListRow, columns: &[&Column<Known>], viewer: &Viewer, now: OffsetDateTime) -> Result<Row, AppError> {
    let known = known(row, now)?;
    let cells = columns.iter().map(|column| (column.cell)(&known, viewer)).collect();
    Ok(Row { id: known.row.id, name: known.row.order_number, cells })
}

/// Where an order stands in the list that it was opened from: the list, the order before, the order behind.
pub type Beside = (Query, Option<Uuid>, Option<Uuid>);

/// Finds an order's neighbours in the list that `within` asks for. Nothing for a list that can't be read.
///
/// # Errors
/// When the database says no.
pub async fn beside(ctx: &Ctx, id: Uuid, within: &str) -> Result<Option<Beside>, AppError> {
    let within = Query::parse(within);
    let Ok(asked) = read(ctx, &within.first_page()).await else { return Ok(None) };
    // the way back leads to the page of the list that the order was on
    let list = read(ctx, &within).await.map_or_else(|_| asked.query.clone(), |whole| whole.query);
    let alone = |list: Query| Ok(Some((list, None, None)));
    let db = &ctx.state.db;
    let (Some(row), None) = (store::row(db, id).await?, asked.problem()) else { return alone(list) };
    let Some(filter) = looked_up(ctx, &asked).await? else { return alone(list) };
    let ask = Ask { filter, ..asked.ask };
    let (previous, next) = store::neighbours(db, &ask, &ask.sort.cursor(&row), OffsetDateTime::now_utc()).await?;
    Ok(Some((list, previous, next)))
}

/// The filter of an address, with its customer looked up; nothing when nobody fits, or too many.
///
/// # Errors
/// As [`read`], and when the database says no.
pub async fn looked_up(ctx: &Ctx, asked: &Asked) -> Result<Option<Filter>, AppError> {
    Ok(match store::look_up(&ctx.state.db, asked.ask.filter.clone()).await? {
        LookedUp::Filter(filter) => Some(*filter),
        LookedUp::Nobody | LookedUp::TooMany => None,
    })
}
