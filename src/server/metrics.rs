//! Figures for Prometheus, by route pattern and never by address, so that their number has an end.
//!
//! A few counters and one histogram: less code than the three crates that would do it, and nothing to configure.

use super::state::AppState;
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::Method;
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Upper bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// What is counted; one for the process.
#[derive(Debug, Default)]
pub struct Metrics {
    routes: Mutex<HashMap<String, Route>>,
    /// Open connections.
    pub connections: AtomicI64,
    /// Requests being answered.
    pub in_flight: AtomicI64,
    /// Requests refused because too many ran.
    pub shed: AtomicU64,
    /// Panics that were caught.
    pub panics: AtomicU64,
    /// Sign-ins that succeeded.
    pub sign_ins: AtomicU64,
    /// Sign-ins with a wrong address or password.
    pub sign_ins_failed: AtomicU64,
    /// Sign-ins refused because there were too many.
    pub sign_ins_limited: AtomicU64,
    /// Sessions whose data Redis had.
    pub sessions_cached: AtomicU64,
    /// Sessions whose data only the database had.
    pub sessions_uncached: AtomicU64,
    /// Redis commands that failed or took too long.
    pub redis_failures: AtomicU64,
    /// Calls of the file storage that got no answer in time.
    pub storage_failures: AtomicU64,
}

#[derive(Debug, Default)]
struct Route {
    answers: BTreeMap<(&'static str, u16), u64>,
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

/// Name, kind, and value by labels.
type Figure<'a> = (&'a str, &'a str, &'a [(&'a str, String)]);

/// Counts each request under its route's pattern.
pub async fn measure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let from = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = method_name(request.method());
    state.metrics.in_flight.fetch_add(1, Ordering::Relaxed);
    // a client that hangs up drops this future: the guard counts down all the same
    let running = Running(&state.metrics.in_flight);
    let response = next.run(request).await;
    drop(running);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    state.metrics.answered(route, method, response.status().as_u16(), from.elapsed());
    response
}

struct Running<'a>(&'a AtomicI64);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A client can invent methods: those that we don't know are one.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

impl Metrics {
    fn answered(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if !routes.contains_key(route) {
            routes.insert(route.to_owned(), Route::default());
        }
        if let Some(figures) = routes.get_mut(route) {
            *figures.answers.entry((method, status)).or_default() += 1;
            figures.count += 1;
            figures.seconds += seconds;
            for (bucket, bound) in figures.buckets.iter_mut().zip(BOUNDS) {
                *bucket += u64::from(seconds <= bound);
            }
        }
    }

    /// All figures in Prometheus' text format.
    #[must_use]
    pub fn render(&self, state: &AppState) -> String {
        let mut out = String::with_capacity(8 * 1024);
        self.render_routes(&mut out);
        let gauge = |value: &AtomicI64| value.load(Ordering::Relaxed).to_string();
        let count = |value: &AtomicU64| value.load(Ordering::Relaxed).to_string();
        let pool = &state.db;
        let busy = i64::from(pool.size()) - i64::try_from(pool.num_idle()).unwrap_or_default();
        let redis = state.redis.as_ref().map_or("0", |redis| if redis.is_up() { "1" } else { "0" });
        let storage = if state.storage.is_up() { "1" } else { "0" };
        let figures: [Figure<'_>; 9] = [
            ("techally_connections", "gauge", &[("", gauge(&self.connections))]),
            ("techally_requests_in_flight", "gauge", &[("", gauge(&self.in_flight))]),
            ("techally_requests_shed_total", "counter", &[("", count(&self.shed))]),
            ("techally_panics_total", "counter", &[("", count(&self.panics))]),
            (
                "techally_database_connections",
                "gauge",
                &[
                    ("{state=\"busy\"}", busy.max(0).to_string()),
                    ("{state=\"idle\"}", pool.num_idle().to_string()),
                    ("{state=\"most\"}", pool.options().get_max_connections().to_string()),
                ],
            ),
            (
                "techally_sign_ins_total",
                "counter",
                &[
                    ("{result=\"success\"}", count(&self.sign_ins)),
                    ("{result=\"failed\"}", count(&self.sign_ins_failed)),
                    ("{result=\"limited\"}", count(&self.sign_ins_limited)),
                ],
            ),
            (
                "techally_sessions_read_total",
                "counter",
                &[
                    ("{from=\"redis\"}", count(&self.sessions_cached)),
                    ("{from=\"database\"}", count(&self.sessions_uncached)),
                ],
            ),
            ("techally_redis_failures_total", "counter", &[("", count(&self.redis_failures))]),
            ("techally_storage_failures_total", "counter", &[("", count(&self.storage_failures))]),
        ];
        for (name, kind, values) in figures {
            let _ = writeln!(out, "# TYPE {name} {kind}");
            for (labels, value) in values {
                let _ = writeln!(out, "{name}{labels} {value}");
            }
        }
        let _ = writeln!(out, "# TYPE techally_redis_up gauge\ntechally_redis_up {redis}");
        // as the last call found it
        let _ = writeln!(out, "# TYPE techally_storage_up gauge\ntechally_storage_up {storage}");
        out
    }

    fn render_routes(&self, out: &mut String) {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let sorted: BTreeMap<&String, &Route> = routes.iter().collect();
        let _ = writeln!(out, "# TYPE techally_requests_total counter");
        for (route, figures) in &sorted {
            for ((method, status), count) in &figures.answers {
                let _ = writeln!(
                    out,
                    "techally_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
                );
            }
        }
        let _ = writeln!(out, "# TYPE techally_request_seconds histogram");
        for (route, figures) in &sorted {
            for (bound, count) in BOUNDS.iter().zip(figures.buckets) {
                let _ = writeln!(out, "techally_request_seconds_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}");
            }
            let (count, seconds) = (figures.count, figures.seconds);
            let _ = writeln!(out, "techally_request_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}");
            let _ = writeln!(out, "techally_request_seconds_sum{{route=\"{route}\"}} {seconds}");
            let _ = writeln!(out, "techally_request_seconds_count{{route=\"{route}\"}} {count}");
        }
    }
}
