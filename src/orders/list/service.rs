//! From an address to a page of the list, a number, an order's neighbours.

use super::{
    columns::{COLUMNS, Known, need_parcel},
    filters::FILTERS,
    search::{Names, Reader},
    statements::{file_statement, list_statement},
    store::{self, Ask, ListRow, LookedUp},
};
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    list::{
        counts,
        declare::{Column, Filter, Viewer, fields},
        listing::{Asked, Listing, MOST_COUNTED, Paging, address, columns, frame, put_page, words},
        model::{List, Query, Tab},
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
    server::numbers,
};
use sqlx::{Postgres, QueryBuilder};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use uuid::Uuid;

/// Orders that can be asked about at once: more than one page is told of before it says “many”.
const MOST_HINTED: usize = 200;

impl Listing for Ask {
    const CODE: &'static str = "orders";
    const PATH: &'static str = "/orders";
    const ROWS: &'static str = "/orders/";
    const TITLE: &'static str = "Orders";
    const NOUN: (&'static str, &'static str) = ("order", "orders");
    const TIMES: &'static [&'static str] = &["placed", "updated", "age"];
    const EXPORT: Right = Right::ExportOrders;
    const EXPORT_JOB: &'static str = "orders.export";

    type Row = ListRow;
    type Known = Known;

    fn columns() -> &'static [Column<Known>] {
        &COLUMNS
    }

    fn filters() -> &'static [Filter] {
        &FILTERS
    }

    fn known(row: ListRow, now: OffsetDateTime) -> Result<Known, AppError> {
        known(row, now)
    }

    fn name(known: &Known) -> (Uuid, String) {
        (known.row.id, known.row.order_number.clone())
    }

    async fn read(ctx: &Ctx, query: &Query) -> Result<Asked<Self>, AppError> {
        read(ctx, query).await
    }

    async fn looked_up(mut self, ctx: &Ctx) -> Result<Option<Self>, AppError> {
        Ok(match store::look_up(&ctx.state.db, self.filter).await? {
            LookedUp::Filter(filter) => {
                self.filter = *filter;
                Some(self)
            }
            LookedUp::Nobody | LookedUp::TooMany => None,
        })
    }

    async fn count(ctx: &Ctx, query: &Query, most: i64) -> Result<Option<i64>, AppError> {
        let Ok(asked) = read(ctx, &query.first_page()).await else { return Ok(None) };
        if asked.problem().is_some() {
            return Ok(None);
        }
        let Some(ask) = asked.looked_up(ctx).await? else { return Ok(Some(0)) };
        Ok(store::count(&ctx.state.db, &ask.filter, ask.tab, OffsetDateTime::now_utc(), most).await?)
    }

    fn paging(&mut self) -> &mut Paging<ListRow> {
        &mut self.paging
    }

    fn ids(&mut self) -> &mut Vec<Uuid> {
        &mut self.filter.ids
    }

    fn page_statement(&self) -> QueryBuilder<Postgres> {
        list_statement(self, None)
    }

    fn file_statement(&self) -> QueryBuilder<Postgres> {
        file_statement(self)
    }
}

/// Reads an address.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to.
async fn read(ctx: &Ctx, query: &Query) -> Result<Asked<Ask>, AppError> {
    let (query, paging) = address::<Ask>(query)?;
    let tab = match query.get("status") {
        "" => None,
        code => Some(Status::parse(code).ok_or_else(|| AppError::BadRequest(format!("“{code}” is no order status")))?),
    };
    let (names, zone) = (names(ctx).await?, ctx.zone());
    let reader = Reader::of(&ctx.me, &zone, &names, OffsetDateTime::now_utc());
    let (filter, chips, problems) = words::<Ask, _>(&reader, &query);
    let columns = columns::<Ask>(&query);
    let ask = Ask { filter, tab, paging, with_parcel: need_parcel(&columns) };
    Ok(Asked { query, ask, columns, chips, problems })
}

/// A page of the list.
///
/// # Errors
/// As [`read`], and when the database says no.
pub async fn list(ctx: &Ctx, query: &Query) -> Result<List, AppError> {
    let shown = shown(ctx, kind("orders").unwrap_or(&KINDS[0]), query).await?;
    let Asked { query, mut ask, columns, chips, problems } = read(ctx, &shown.query).await?;
    let now = OffsetDateTime::now_utc();
    let (open, names) = (open_counts(ctx).await?, names(ctx).await?);
    let mut list = frame::<Ask>(&query, &ask.paging, &columns, chips);
    list.views = shown.views;
    if ctx.me.may(Right::PlaceOrders) {
        list.add = ("New order".into(), "/orders/new".into());
    }
    list.tabs = tabs(&query.first_page().without(&["panel"]), &open);
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
            list.summary = counts::summary(0, Some(0), MOST_COUNTED, Ask::NOUN);
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
    if found.gave_up {
        list.note = "This search took too long and was stopped, so there may be more. \
                     Add a time or a status, such as placed:30d or status:shipped."
            .into();
    } else if let Some(since) = found.since {
        list.note = format!(
            "Looked through 12 months, back to {}. Add a time, such as placed:2024, to look further back.",
            ctx.zone().day(since)
        );
    }
    let viewer = Viewer { zone: ctx.zone(), role: ctx.me.role };
    put_page::<Ask>(&mut list, &query, &ask.paging, &columns, (found, count), (&viewer, now))?;
    Ok(list)
}

/// One tab a state, with the number of all orders in it, whatever is searched for; the rest stays when the tab changes.
fn tabs(first: &Query, open: &[i64]) -> Vec<Tab> {
    let tab = |label: &str, code: &str, count: i64| Tab {
        label: label.to_owned(),
        to: first.with("status", code).address(Ask::PATH),
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
    let Some(mut ask) = asked.looked_up(ctx).await? else { return Ok(Vec::new()) };
    ask.filter.ids = ids;
    store::fitting(&ctx.state.db, &ask.filter, ask.tab).await?.ok_or(AppError::Busy)
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

/// A row with its words known.
///
/// # Errors
/// When the database holds a word that this version doesn't know.
pub fn known(row: ListRow, now: OffsetDateTime) -> Result<Known, AppError> {
    let status: Status = status_of(&row.status)?;
    let payment: PaymentState = payment_state_of(&row.payment_status)?;
    Ok(Known { row, status, payment, now })
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
    let Some(ask) = asked.looked_up(ctx).await? else { return alone(list) };
    let here = ask.paging.sort.cursor(&row);
    let (previous, next) = store::neighbours(db, &ask, &here, OffsetDateTime::now_utc()).await?;
    Ok(Some((list, previous, next)))
}
