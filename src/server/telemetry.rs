//! Logs: one line an event for people, JSON for machines; each request's lines carry its id.

use axum::extract::Request;
use tower_http::request_id::RequestId;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging to standard error. `RUST_LOG` chooses what; by default our own events and others' warnings.
pub fn start(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,techally=info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    if json {
        registry.with(lines.json().flatten_event(true)).init();
    } else {
        registry.with(lines.compact()).init();
    }
}

/// The span of a request: method, path without query (it may hold what was searched for) and id.
pub fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("none");
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}
