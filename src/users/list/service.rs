//! From an address to a page of the list.

use super::{
    columns::{COLUMNS, Known},
    filters::FILTERS,
    search::Reader,
    statements::{file_statement, list_statement},
    store::{self, Ask, ListRow},
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
    users::{
        model::Status,
        standing::{role_of, status_of},
    },
};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

impl Listing for Ask {
    const CODE: &'static str = "users";
    const PATH: &'static str = "/users";
    const ROWS: &'static str = "/users/";
    const TITLE: &'static str = "Users";
    const NOUN: (&'static str, &'static str) = ("user", "users");
    const TIMES: &'static [&'static str] = &["created", "seen"];
    const EXPORT: Right = Right::ExportUsers;
    const EXPORT_JOB: &'static str = "users.export";

    type Row = ListRow;
    type Known = Known;

    fn columns() -> &'static [Column<Known>] {
        &COLUMNS
    }

    fn filters() -> &'static [Filter] {
        &FILTERS
    }

    fn known(row: ListRow, now: OffsetDateTime) -> Result<Known, AppError> {
        let (role, status) = (role_of(&row.role)?, status_of(&row.status)?);
        Ok(Known { row, role, status, now })
    }

    fn name(known: &Known) -> (Uuid, String) {
        (known.row.id, known.row.name.clone())
    }

    async fn read(ctx: &Ctx, query: &Query) -> Result<Asked<Self>, AppError> {
        let (query, paging) = address::<Self>(query)?;
        let tab = match query.get("status") {
            "" => None,
            code => Some(
                Status::parse(code).ok_or_else(|| AppError::BadRequest(format!("“{code}” is no status of a user")))?,
            ),
        };
        let (zone, now) = (ctx.zone(), ctx.state.clock.now());
        let reader = Reader::of(&ctx.me, &zone, now);
        let (mut filter, chips, problems) = words::<Self, _>(&reader, &query);
        filter.staff = reader.staff;
        let columns = columns::<Self>(&query);
        Ok(Asked { query, ask: Self { filter, tab, paging, now }, columns, chips, problems })
    }

    async fn looked_up(mut self, ctx: &Ctx) -> Result<Option<Self>, AppError> {
        let Some(filter) = store::look_up(&ctx.state.db, self.filter).await? else { return Ok(None) };
        self.filter = filter;
        Ok(Some(self))
    }

    async fn count(ctx: &Ctx, query: &Query, most: i64) -> Result<Option<i64>, AppError> {
        let Ok(asked) = Self::read(ctx, &query.first_page()).await else { return Ok(None) };
        if asked.problem().is_some() {
            return Ok(None);
        }
        let Some(ask) = asked.looked_up(ctx).await? else { return Ok(Some(0)) };
        Ok(store::count(&ctx.state.db, &ask.filter, ask.tab, ask.now, most).await?)
    }

    fn paging(&mut self) -> &mut Paging<ListRow> {
        &mut self.paging
    }

    fn ids(&mut self) -> &mut Vec<Uuid> {
        &mut self.filter.ids
    }

    fn page_statement(&self) -> QueryBuilder<Postgres> {
        list_statement(self)
    }

    fn file_statement(&self) -> QueryBuilder<Postgres> {
        file_statement(self)
    }
}

/// A page of the list.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to, and when the database says no.
pub async fn list(ctx: &Ctx, query: &Query) -> Result<List, AppError> {
    let shown = shown(ctx, kind(Ask::CODE).unwrap_or(&KINDS[0]), query).await?;
    let Asked { query, ask, columns, chips, problems } = Ask::read(ctx, &shown.query).await?;
    let mut list = frame::<Ask>(&query, &ask.paging, &columns, chips);
    list.views = shown.views;
    if ctx.me.may(Right::PlaceOrders) {
        list.add = ("New customer".into(), "/orders/new?act=customer".into());
    }
    list.tabs = tabs(&query.first_page().without(&["panel"]));
    list.fields = fields(&FILTERS, &query, |_| Vec::new());
    list.fields.retain(|field| field.name != "role" || ask.filter.staff);
    if !problems.is_empty() {
        list.problem = problems.join(" ");
        return Ok(list);
    }
    let Some(ask) = ask.looked_up(ctx).await? else {
        list.summary = counts::summary(0, Some(0), MOST_COUNTED, Ask::NOUN);
        return Ok(list);
    };
    let (found, count) =
        tokio::try_join!(async { store::list(&ctx.state.db, &ask).await.map_err(AppError::from) }, number(ctx, &ask))?;
    if found.gave_up {
        list.note = "This search took too long and was stopped, so there may be more. \
                     Add a name, a time or a status, such as created:30d or status:suspended."
            .into();
    }
    let viewer = Viewer { zone: ctx.zone(), role: ctx.me.role };
    put_page::<Ask>(&mut list, &query, &ask.paging, &columns, (found, count), (&viewer, ask.now))?;
    Ok(list)
}

/// One tab a state; the rest stays when the tab changes.
fn tabs(first: &Query) -> Vec<Tab> {
    let tab = |label: &str, code: &str| Tab {
        label: label.to_owned(),
        to: first.with("status", code).address(Ask::PATH),
        current: first.get("status") == code,
        count: String::new(),
    };
    let states = Status::ALL.into_iter().map(|status| tab(status.label(), status.code()));
    std::iter::once(tab("All", "")).chain(states).collect()
}

/// How many users fit, kept for a while; nothing where counting them takes too long.
async fn number(ctx: &Ctx, ask: &Ask) -> Result<Option<i64>, AppError> {
    let key = format!("{} {:?} {:?}", Ask::CODE, ask.filter, ask.tab);
    let count =
        async { Ok::<_, AppError>(store::count(&ctx.state.db, &ask.filter, ask.tab, ask.now, MOST_COUNTED).await?) };
    Box::pin(ctx.state.list_counts.get(key, count)).await
}
