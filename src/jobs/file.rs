//! `GET /jobs/{id}/rows.csv`: the rows that failed or were left out, and why.

use super::{
    model::ROW_STATES,
    service::find,
    store::{self, RowRow},
};
use crate::{
    auth::guard::{Ctx, status_of},
    error::AppError,
    list::export::{self, Batch, Format, Head, Value},
    server::state::AppState,
};
use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc::Sender};
use uuid::Uuid;

/// Rows that are read and sent together.
const BATCH: i64 = 500;

/// Answers with the file.
pub async fn rows(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(ctx) = Ctx::of(state, &parts) else { return StatusCode::UNAUTHORIZED.into_response() };
    answer(ctx, &id).await.unwrap_or_else(|error| status_of(&error).into_response())
}

async fn answer(ctx: Ctx, id: &str) -> Result<Response, AppError> {
    let id: Uuid = id.parse().map_err(|_| AppError::NotFound)?;
    let job = find(&ctx, id).await?;
    let Ok(place) = Arc::clone(&ctx.state.exports).try_acquire_owned() else { return Err(AppError::Busy) };
    let heads = ["Row", "Name", "Result", "Why"].map(|title| Head { title: title.into(), width: 20 }).to_vec();
    let name = format!("job-{}", job.created_at.date());
    let (rows, response) = export::answer(Format::Csv, &name, "Rows", heads);
    tokio::spawn(send(ctx, id, rows, place));
    Ok(response)
}

async fn send(ctx: Ctx, id: Uuid, rows: Sender<Batch>, _place: OwnedSemaphorePermit) {
    for state in ["failed", "not_eligible"] {
        let mut after = 0;
        loop {
            let batch = match store::rows(&ctx.state.db, id, Some(state), after, BATCH).await {
                Ok(batch) => batch,
                Err(error) => {
                    tracing::warn!(cause = %crate::server::db::describe(&error), "the rows of a job broke off");
                    drop(rows.send(Err(())).await);
                    return;
                }
            };
            let Some(last) = batch.last() else { break };
            after = last.n;
            // nobody reads any more
            if rows.send(Ok(batch.into_iter().map(values).collect())).await.is_err() {
                return;
            }
        }
    }
}

fn values(row: RowRow) -> Vec<Value> {
    let words = ROW_STATES.iter().find(|(code, ..)| *code == row.state).map_or("", |(_, words, _)| words);
    vec![
        Value::Whole(i64::from(row.n)),
        Value::Text(row.label),
        Value::Text(words.into()),
        Value::Text(row.why.unwrap_or_default()),
    ]
}
