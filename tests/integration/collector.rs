//! What takes spans, as `OpenTelemetry`'s collector does.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A collector that keeps what it is sent.
pub(crate) struct Collector {
    address: SocketAddr,
    requests: UnboundedReceiver<Bytes>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let take = async |State(requests): State<UnboundedSender<_>>, body: Bytes| {
            requests.send(body).expect("the test listens");
        };
        let (sender, requests) = unbounded_channel();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(sender);
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, requests }
    }

    /// Returns what `OTEL_EXPORTER_OTLP_ENDPOINT` takes.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns all requests that have been received since the last time, as they came.
    pub(crate) fn received(&mut self) -> Vec<Bytes> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }
}

/// Reads a request.
pub(crate) fn decoded(request: Bytes) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest::decode(request).expect("it is the protocol")
}
