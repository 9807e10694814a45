//! Spans for a collector: OTLP, protobuf over HTTP, only where `OTEL_EXPORTER_OTLP_ENDPOINT` says where to.
//!
//! Spans are kept in memory, 2,048 at most, and sent by a thread of the exporter's own; the requests run on the service's
//! runtime, each for a time that is bounded. A collector that is away costs spans and nothing else.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::{info, warn};
use url::Url;

/// Where spans are sent, and as whose.
#[derive(Clone, Debug)]
pub struct ExportSettings {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector; spans go to `v1/traces` below it.
    pub endpoint: Url,
    /// `OTEL_SERVICE_NAME`: what the service is called there.
    pub service_name: String,
}

/// How long a collector may take to answer.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long the last spans may take when the service ends.
const GRACE: Duration = Duration::from_secs(2);
/// The most that is read of an answer; it has a few bytes, or says what was wrong.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Sends spans until it is [ended](Self::end).
#[derive(Debug)]
pub struct Export {
    provider: SdkTracerProvider,
}

impl Export {
    /// Begins to send spans; must run within a tokio runtime. Nothing is connected before there is a span.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the other settings of the exporter, which it reads from the environment itself.
    pub(super) fn begin(settings: &ExportSettings) -> Result<Self, Box<dyn Error>> {
        let base = settings.endpoint.as_str().trim_end_matches('/');
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client {
                runtime: Handle::current(),
                is_failing: AtomicBool::new(false),
            })
            .with_endpoint(format!("{base}/v1/traces"))
            .with_timeout(DEADLINE)
            .build()?;
        let resource = Resource::builder().with_service_name(settings.service_name.clone());
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        Ok(Self { provider })
    }

    /// Returns what makes the spans that are sent.
    pub(super) fn tracer(&self) -> SdkTracer {
        self.provider.tracer("app")
    }

    /// Sends what is left, for two seconds at most.
    pub async fn end(self) {
        let end = move || self.provider.shutdown_with_timeout(GRACE);
        let ended = tokio::task::spawn_blocking(end).await;
        if !matches!(ended, Ok(Ok(()))) {
            warn!("the last spans may not have reached the collector");
        }
    }
}

/// Sends requests over a connection each; there is one in five seconds.
#[derive(Debug)]
struct Client {
    /// Where the connections live; the exporter's thread has no runtime.
    runtime: Handle,
    /// Whether the last request failed, so that the log tells only of changes.
    is_failing: AtomicBool,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The timer is made in the task: on the exporter's thread there is no runtime for it.
        let sent = self
            .runtime
            .spawn(async move { timeout(DEADLINE, send(request)).await });
        let answer = match sent.await? {
            Ok(answer) => answer,
            Err(_) => Err("no answer in time".into()),
        };
        let is_failing = !answer
            .as_ref()
            .is_ok_and(|answer| answer.status().is_success());
        match (
            self.is_failing.swap(is_failing, Ordering::Relaxed),
            is_failing,
        ) {
            (false, true) => warn!("the collector takes no spans; they are lost until it does"),
            (true, false) => info!("the collector takes spans again"),
            _ => {}
        }
        answer
    }
}

async fn send(mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let uri = request.uri().clone();
    let authority = uri.authority().ok_or("the endpoint names no host")?;
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let port = authority.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let name = HeaderValue::from_str(authority.as_str())?;
    request.headers_mut().insert(HOST, name);
    *request.uri_mut() = uri.path().parse()?;
    let answer = sender.send_request(request.map(Full::new)).await?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await?;
    connection.abort();
    Ok(Response::from_parts(head, body.to_bytes()))
}
