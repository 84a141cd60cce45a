//! Requests that a page makes by itself.

use axum::{extract::Request, middleware::Next, response::Response};

/// What an open page asks by itself: it keeps nobody signed in.
const BY_ITSELF: [&str; 7] = [
    "/events",
    "/live/numbers",
    "/api/techally/live/api/here",
    "/api/techally/orders/api/fitting_orders",
    "/api/techally/jobs/api/watch_jobs",
    "/api/techally/jobs/api/watch_job",
    "/api/techally/audit/api/watch_audit_seal",
];

tokio::task_local! {
    /// This request comes from a page, not from its person.
    static PAGE_ASKS: ();
}

/// Whether what runs here is such a request.
pub(super) fn is_by_itself() -> bool {
    PAGE_ASKS.try_with(|()| ()).is_ok()
}

/// Marks requests that a page makes by itself, before their session is looked up.
pub async fn mark_background(request: Request, next: Next) -> Response {
    if BY_ITSELF.contains(&request.uri().path()) {
        return PAGE_ASKS.scope((), next.run(request)).await;
    }
    next.run(request).await
}
