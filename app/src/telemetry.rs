//! What the service tells its operator: structured log lines, metrics, and spans for a collector.
//!
//! None of them holds personal data. A request is known by method, route, status, duration and an id;
//! its body, its query and the message of a panic are left out.

mod otlp;

use std::error::Error;
use std::panic;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Unit, describe_counter, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tower_http::request_id::RequestId;
use tracing::{Instrument, Span, error, info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use self::otlp::{Export, ExportSettings};
use crate::routes::chart::PATH;

/// The header that carries a request's id, in both directions.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Upper bounds of the histogram buckets, in seconds: from a hit in memory to a request cut off. One of
/// them is the baseline that an alert compares the P95 with, for which a histogram is exact only there.
const BUCKETS: [f64; 15] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.45, 1.0,
    5.0, 15.0,
];

/// How often samples are summed up into buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Writes log lines as JSON to standard output from now on, panics among them, and sends spans to where `export` says; must
/// run within a tokio runtime then.
///
/// # Errors
///
/// Returns what is wrong with the settings that the exporter of spans reads from the environment itself.
pub fn init(
    filter: Targets,
    export: Option<&ExportSettings>,
) -> Result<Option<Export>, Box<dyn Error>> {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_filter(filter);
    let export = export.map(Export::begin).transpose()?;
    let spans = export.as_ref().map(|export| {
        tracing_opentelemetry::layer()
            .with_tracer(export.tracer())
            .with_location(false)
            .with_threads(false)
            .with_filter(exported())
    });
    tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .init();
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        error!(location, "panicked");
    }));
    Ok(export)
}

/// Returns which spans are sent: those of requests, of cached functions and of commands to Redis. What other crates say may
/// hold anything.
fn exported() -> Targets {
    Targets::new()
        .with_target("app", LevelFilter::INFO)
        .with_target("cached_runtime", LevelFilter::DEBUG)
}

/// Returns the process's metrics; the first call starts recording.
///
/// # Panics
///
/// Panics when the process records its metrics elsewhere already.
#[must_use]
pub fn metrics() -> &'static PrometheusHandle {
    static METRICS: LazyLock<PrometheusHandle> = LazyLock::new(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .expect("there are buckets");
        let metrics = builder
            .install_recorder()
            .expect("nothing else in this process records metrics");
        describe();
        show_failures();
        metrics
    });
    &METRICS
}

/// Says what the metrics mean; `docs/metrics.md` has the same table.
fn describe() {
    describe_counter!(
        "http_requests_total",
        Unit::Count,
        "Requests answered, on both listeners"
    );
    describe_histogram!(
        "http_request_duration_seconds",
        Unit::Seconds,
        "How long requests took to answer, from the head of the request to the head of the answer"
    );
    cached_runtime::describe_metrics();
}

/// Shows the counters of failures that alerts look for before there are any: whoever looks at the metrics sees a first
/// increment only of a counter that has been there before.
fn show_failures() {
    for status in [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ] {
        let labels = labels(known(&Method::POST), PATH.to_owned(), status.as_u16());
        metrics::counter!("http_requests_total", &labels).increment(0);
    }
}

fn labels(method: &'static str, route: String, status: u16) -> [(&'static str, String); 3] {
    [
        ("method", method.to_owned()),
        ("route", route),
        ("status", status.to_string()),
    ]
}

/// Keeps the metrics small while nobody collects them; never ends.
pub(crate) async fn keep(metrics: &PrometheusHandle) {
    let mut often = tokio::time::interval(UPKEEP);
    loop {
        often.tick().await;
        metrics.run_upkeep();
    }
}

/// Middleware: logs and counts every answered request.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let method = known(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str)
        .to_owned();
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let name = format!("{method} {route}");
    let span = info_span!(
        "request",
        request_id,
        otel.name = name,
        otel.kind = "server"
    );
    describe_request(&span, method, &route);

    let start = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let duration = start.elapsed();

    let status = response.status().as_u16();
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_attribute("error.type", status.to_string());
    }
    span.in_scope(|| {
        info!(
            method,
            route,
            status,
            duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    });
    let labels = labels(method, route, status);
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels).record(duration);
    response
}

/// Says in the span that is sent, and not in the log, what request it is.
fn describe_request(span: &Span, method: &'static str, route: &str) {
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
}

/// Middleware: forgets a request id that is not a UUID or as plain as one, so that no text of a
/// client's choosing reaches the log.
pub(crate) async fn plain_request_id(mut request: Request, next: Next) -> Response {
    let plain = |id: &str| {
        let digits: String = id.split('-').collect();
        id.len() <= 36 && digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let given = request.headers().get(REQUEST_ID);
    if given.is_some_and(|id| !id.to_str().is_ok_and(plain)) {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

/// Names a method, as one of few: a label of a client's choosing would grow the metrics without
/// bound.
fn known(method: &Method) -> &'static str {
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
