//! What the service tells its operator: structured log lines and metrics.
//!
//! Neither holds personal data. A request is known by method, route, status, duration and an id;
//! its body, its query and the message of a panic are left out.

use std::panic;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, Method};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tower_http::request_id::RequestId;
use tracing::{Instrument, error, info, info_span};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

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

/// Writes log lines as JSON to standard output from now on, panics among them.
pub fn init(filter: Targets) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .init();
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        error!(location, "panicked");
    }));
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
        builder
            .install_recorder()
            .expect("nothing else in this process records metrics")
    });
    &METRICS
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
    let span = info_span!("request", request_id);

    let start = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let duration = start.elapsed();

    let status = response.status().as_u16();
    span.in_scope(|| {
        info!(
            method,
            route,
            status,
            duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    });
    let labels = [
        ("method", method.to_owned()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels).record(duration);
    response
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
