//! `GET /…/export`: the list that an address asks for, or the rows that were checked, as a file.

use super::{Batch, Format, Head, answer as file_answer};
use crate::{
    auth::{
        activity::record_taken,
        guard::{Ctx, status_of},
    },
    error::AppError,
    list::{
        declare::{Column, Viewer},
        limits::set_time,
        listing::Listing,
        model::Query,
    },
    server::{refused::forbidden, state::AppState},
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use http::StatusCode;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, mpsc::Sender};
use uuid::Uuid;

/// Most rows that can be checked and exported by their ids.
const MOST_IDS: usize = 1_000;
/// Rows that are read, written and sent together.
const BATCH: usize = 500;
/// Longest time that an export may take.
const LONGEST: &str = "15min";

/// Answers with the file. It is read and sent row by row: the server holds a few hundred of them at a time.
pub async fn export<A: Listing>(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(ctx) = Ctx::of(state, &parts) else { return StatusCode::UNAUTHORIZED.into_response() };
    if !ctx.me.may(A::EXPORT) {
        return forbidden(&parts.extensions, A::EXPORT);
    }
    match Box::pin(answer::<A>(&ctx, parts.uri.query().unwrap_or_default())).await {
        Ok(response) => response,
        Err(AppError::BadRequest(why)) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
        Err(error) => status_of(&error).into_response(),
    }
}

async fn answer<A: Listing>(ctx: &Ctx, address: &str) -> Result<Response, AppError> {
    let Some(format) = Format::parse(Query::parse(address).get("format")) else {
        return Err(AppError::BadRequest(
            "There are CSV, XLSX and JSON files: ask for format=csv, format=xlsx or format=json.".into(),
        ));
    };
    let words = form_urlencoded::parse(address.as_bytes()).into_owned();
    let ids = checked::<A>(words.filter(|(name, _)| name == "id").map(|(_, id)| id))?;
    let query = Query::parse(address).first_page();
    let asked = A::read(ctx, &query).await?;
    if let Some(problem) = asked.problem() {
        return Err(AppError::BadRequest(problem));
    }
    let place = Arc::clone(&ctx.state.exports);
    let Ok(place) = place.try_acquire_owned() else {
        return Err(AppError::Busy);
    };
    record::<A>(ctx, format, &asked.query, ids.len()).await?;
    let columns = asked.columns.clone();
    let heads = heads::<A>(ctx, &columns);
    let name = format!("{}-{}", A::CODE, ctx.zone().day_of(OffsetDateTime::now_utc()));
    let (rows, response) = file_answer(format, &name, A::TITLE, heads);
    if let Some(mut ask) = asked.looked_up(ctx).await? {
        *ask.ids() = ids;
        let job = Job { ctx: ctx.clone(), ask, columns, _place: place };
        tokio::spawn(job.run(rows));
    }
    Ok(response)
}

/// The rows that were checked, by their ids.
///
/// # Errors
/// [`AppError::BadRequest`] when one is none, or they are too many.
pub fn checked<A: Listing>(ids: impl Iterator<Item = String>) -> Result<Vec<Uuid>, AppError> {
    let ids: Result<Vec<Uuid>, _> = ids.map(|id| id.parse()).collect();
    match ids {
        Ok(ids) if ids.len() <= MOST_IDS => Ok(ids),
        Ok(_) => Err(AppError::BadRequest(format!("At most {MOST_IDS} rows can be chosen one by one."))),
        Err(_) => Err(AppError::BadRequest(format!("One of the chosen rows is no {}.", A::NOUN.0))),
    }
}

/// Times carry their zone in the column's head.
pub(super) fn heads<A: Listing>(ctx: &Ctx, columns: &[&'static Column<A::Known>]) -> Vec<Head> {
    let zone = &ctx.me.time_zone;
    let title = |column: &Column<A::Known>, title: &str| {
        if A::TIMES.contains(&column.code) { format!("{title} ({zone})") } else { title.to_owned() }
    };
    columns
        .iter()
        .flat_map(|column| column.file.iter().map(|(text, width)| Head { title: title(column, text), width: *width }))
        .collect()
}

/// Who took what out of the house.
///
/// # Errors
/// When the database says no.
pub async fn record<A: Listing>(ctx: &Ctx, format: Format, query: &Query, ids: usize) -> Result<(), AppError> {
    let details = serde_json::json!({
        "list": A::CODE, "format": format.extension(), "query": query.text(), "chosen": ids, "request": ctx.request_id,
    });
    Ok(record_taken(&ctx.state.db, ctx.me.id, "exported", details).await?)
}

struct Job<A: Listing> {
    ctx: Ctx,
    ask: A,
    columns: Vec<&'static Column<A::Known>>,
    /// Given back when the file is done, or the reader gone.
    _place: OwnedSemaphorePermit,
}

impl<A: Listing> Job<A> {
    /// Sends all rows; an error breaks the file off, so that nobody takes half of it for the whole.
    async fn run(self, rows: Sender<Batch>) {
        if let Err(error) = self.read(&rows).await {
            tracing::warn!(%error, request = %self.ctx.request_id, "an export broke off");
            // the reader may be gone itself
            let _ = rows.send(Err(())).await;
        }
    }

    async fn read(&self, rows: &Sender<Batch>) -> Result<(), AppError> {
        let viewer = Viewer { zone: self.ctx.zone(), role: self.ctx.me.role };
        let now = OffsetDateTime::now_utc();
        let mut transaction = self.ctx.state.db.begin().await?;
        set_time(&mut transaction, LONGEST).await?;
        let mut statement = self.ask.file_statement();
        let mut stream = statement.build_query_as::<A::Row>().fetch(&mut *transaction);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let row = stream.next().await.transpose()?;
            let is_last = row.is_none();
            if let Some(row) = row {
                let known = A::known(row, now)?;
                batch.push(self.columns.iter().flat_map(|column| (column.values)(&known, &viewer)).collect());
            }
            if (is_last || batch.len() == BATCH)
                && !batch.is_empty()
                && rows.send(Ok(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))).await.is_err()
            {
                // nobody reads any more
                return Ok(());
            }
            if is_last {
                return Ok(());
            }
        }
    }
}
