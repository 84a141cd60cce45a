//! Logs: one line an event for people, JSON for machines; each request's lines carry its id. Traces: with
//! `OTEL_EXPORTER_OTLP_ENDPOINT` set, each request and each of its transactions is a span for a collector.

use axum::{extract::MatchedPath, extract::Request, response::Response};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use std::time::Duration;
use tower_http::request_id::RequestId;
use tracing::{Span, field::Empty};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// What sends spans; to be kept until the program ends.
#[derive(Debug)]
pub struct Telemetry(Option<SdkTracerProvider>);

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0 {
            // what was not sent yet; there is nobody left to be told of an error
            let _ = provider.shutdown_with_timeout(Duration::from_secs(3));
        }
    }
}

/// Starts logging to standard error, and sending spans when told so. `RUST_LOG` chooses what; by default our own events
/// and others' warnings. The collector and all else about traces come from OpenTelemetry's own variables.
///
/// # Errors
/// When the collector's address can't be used.
pub fn start(json: bool, traces: bool) -> Result<Telemetry, ExporterBuildError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,techally=info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.compact().boxed() };
    let provider = if traces { Some(provider()?) } else { None };
    let spans =
        provider.as_ref().map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("techally")));
    tracing_subscriber::registry().with(filter).with(lines).with(spans).init();
    Ok(Telemetry(provider))
}

fn provider() -> Result<SdkTracerProvider, ExporterBuildError> {
    let exporter = SpanExporter::builder().with_http().build()?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("techally");
    }
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build())
}

/// The span of a request: method, path without query (it may hold what was searched for) and id.
pub fn span<B>(request: &Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("none");
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        id,
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        http.response.status_code = Empty,
    )
}

/// Notes the answer's status in the request's span.
pub fn answered<B>(response: &Response<B>, _: Duration, span: &Span) {
    span.record("http.response.status_code", response.status().as_u16());
}
