//! What machines ask: is the process alive, may it get requests, how is it.

use super::{db, migrate::MIGRATIONS, state::AppState};
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{sync::atomic::Ordering, time::Duration};

/// Longest wait for the database before this instance says that it isn't ready.
const PATIENCE: Duration = Duration::from_millis(800);

/// `/healthz`, `/readyz`, and `/metrics` for those who know the token.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_by_token))
}

/// What is served on `METRICS_ADDR`, where only the monitoring can reach it.
pub fn private_routes(state: AppState) -> Router {
    Router::new().route("/metrics", get(metrics)).merge(routes()).with_state(state)
}

/// Whether this instance can serve: it isn't stopping, the database answers, and it has our schema.
async fn ready(State(state): State<AppState>) -> Response {
    let no = |why: &'static str| {
        tracing::warn!(why, "not ready");
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], format!("{why}\n")).into_response()
    };
    if state.draining.load(Ordering::Relaxed) {
        return no("stopping");
    }
    // by name at run time: where plain psql applied the migrations the table isn't there
    let version = sqlx::query_scalar::<_, Option<i64>>("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(&state.db);
    match tokio::time::timeout(PATIENCE, version).await {
        Ok(Ok(applied)) => {
            let wanted = MIGRATIONS.iter().map(|migration| migration.version).max();
            // newer is fine: the next release has migrated already and will replace this one
            if applied < wanted {
                no("the database's schema is older than this program: run techally migrate")
            } else {
                "ready\n".into_response()
            }
        }
        Ok(Err(error)) if db::code(&error).as_deref() == Some("42P01") => "ready\n".into_response(),
        Ok(Err(_)) | Err(_) => no("the database doesn't answer"),
    }
}

async fn metrics(State(state): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render(&state)).into_response()
}

/// Not found without the token, whether or not one is set.
async fn metrics_by_token(State(state): State<AppState>, request: Request) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).map(Sha256::digest);
    // digests are compared: the time it takes tells nothing about the token
    let wanted = state.config.metrics_token.as_ref().map(|token| Sha256::digest(token.expose_secret()));
    if given.is_some() && given == wanted { metrics(State(state)).await } else { StatusCode::NOT_FOUND.into_response() }
}
