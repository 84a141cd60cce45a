//! From an address to a page of the list.

use super::{
    columns::{self, COLUMNS},
    filters::FILTERS,
    search::{KINDS, Reader, kind},
    statements::{file_statement, list_statement},
    store::{self, Ask, ListRow},
};
use crate::{
    audit::seal,
    auth::{guard::Ctx, model::Right},
    error::AppError,
    list::{
        counts,
        declare::{Column, Filter, Viewer, fields},
        listing::{Asked, Listing, MOST_COUNTED, Paging, address, columns as chosen, frame, put_page, words},
        model::{List, Query, Tab},
        views::{model as views, service::shown},
    },
    server::ids::horizon,
};
use sqlx::{Postgres, QueryBuilder};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How far back is looked when no time is named, and no request, no order and no record with its table, which
/// indexes find.
const WINDOW: Duration = Duration::days(90);

impl Listing for Ask {
    const CODE: &'static str = "audit";
    const PATH: &'static str = "/audit";
    const ROWS: &'static str = "/audit/";
    const TITLE: &'static str = "Audit";
    const NOUN: (&'static str, &'static str) = ("event", "events");
    const TIMES: &'static [&'static str] = &["time"];
    const EXPORT: Right = Right::ReadAudit;
    const EXPORT_JOB: &'static str = "audit.export";

    type Row = ListRow;
    type Known = ListRow;

    fn columns() -> &'static [Column<ListRow>] {
        &COLUMNS
    }

    fn filters() -> &'static [Filter] {
        &FILTERS
    }

    fn known(row: ListRow, _: OffsetDateTime) -> Result<ListRow, AppError> {
        Ok(row)
    }

    fn name(known: &ListRow) -> (Uuid, String) {
        (known.id, columns::name(known))
    }

    async fn read(ctx: &Ctx, query: &Query) -> Result<Asked<Self>, AppError> {
        let (query, paging) = address::<Self>(query)?;
        let tab = match query.get("status") {
            "" => None,
            code => Some(kind(code).ok_or_else(|| AppError::BadRequest(format!("“{code}” is no kind of entry")))?),
        };
        let (zone, now) = (ctx.zone(), ctx.state.clock.now());
        let reader = Reader { zone: &zone, now, me: &ctx.me };
        let (mut filter, chips, problems) = words::<Self, _>(&reader, &query);
        filter.kind = tab.or(filter.kind);
        let is_window = filter.from.is_none()
            && filter.until.is_none()
            && filter.request.is_none()
            && filter.order.is_none()
            && (filter.row.is_none() || filter.table.is_none());
        if is_window {
            filter.from = Some(now - WINDOW);
        }
        filter.until.get_or_insert_with(horizon);
        let columns = chosen::<Self>(&query);
        Ok(Asked { query, ask: Self { filter, paging, is_window }, columns, chips, problems })
    }

    async fn looked_up(mut self, ctx: &Ctx) -> Result<Option<Self>, AppError> {
        let Some(filter) = store::look_up(&ctx.state.db, self.filter).await? else { return Ok(None) };
        self.filter = filter;
        Ok(Some(self))
    }

    /// Never: among fifty million a number isn't worth its wait.
    async fn count(_: &Ctx, _: &Query, _: i64) -> Result<Option<i64>, AppError> {
        Ok(None)
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
    let shown = shown(ctx, views::kind(Ask::CODE).unwrap_or(&views::KINDS[0]), query).await?;
    let Asked { query, ask, columns, chips, problems } = Ask::read(ctx, &shown.query).await?;
    let mut list = frame::<Ask>(&query, &ask.paging, &columns, chips);
    list.views = shown.views;
    (list.bulk, list.bulk_chosen) = (String::new(), String::new());
    list.tabs = tabs(&query.first_page().without(&["panel"]));
    list.fields = fields(&FILTERS, &query, |_| Vec::new());
    if !problems.is_empty() {
        list.problem = problems.join(" ");
        return Ok(list);
    }
    let (seal, (checked, alarm)) = tokio::try_join!(seal::state(&ctx.state.db), seal::last_check(ctx))?;
    list.alarm = alarm;
    let seal = format!("{} {checked}", seal.in_words());
    let note = if ask.is_window {
        format!("These are the last 90 days; created:365d or created:2025 looks further back. {seal}")
    } else {
        seal
    };
    let Some(ask) = ask.looked_up(ctx).await? else {
        list.summary = counts::summary(0, Some(0), MOST_COUNTED, Ask::NOUN);
        list.note = note;
        return Ok(list);
    };
    let found = store::list(&ctx.state.db, &ask).await?;
    list.note = if found.gave_up {
        "This search took too long and was stopped, so there may be more. Name an actor, a request or a shorter time, such as created:7d.".into()
    } else {
        note
    };
    let viewer = Viewer { zone: ctx.zone(), role: ctx.me.role };
    put_page::<Ask>(&mut list, &query, &ask.paging, &columns, (found, None), (&viewer, ctx.state.clock.now()))?;
    Ok(list)
}

/// One tab a kind, with the rest of the address; and the page of the seal.
fn tabs(first: &Query) -> Vec<Tab> {
    let tab = |label: &str, code: &str| Tab {
        label: label.to_owned(),
        to: first.with("status", code).address(Ask::PATH),
        current: first.get("status") == code,
        count: String::new(),
    };
    let seal = Tab { label: "Seal".into(), to: seal::PATH.into(), current: false, count: String::new() };
    let kinds = KINDS.into_iter().map(|(code, label)| tab(label, code));
    std::iter::once(tab("All", "")).chain(kinds).chain([seal]).collect()
}
