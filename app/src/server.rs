//! Serves HTTP/1.1 connections until told to stop, and no longer than it must.
//!
//! Knows nothing of what is served.

use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

/// How long a client may take to send the head of a request, idle time before it included.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// How long requests in flight may take after the order to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long to wait when the system has no sockets left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers requests with `router` until `stop` ends, then finishes those in flight.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE);
    let service = TowerToHyperService::new(router);
    let connections = GracefulShutdown::new();

    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            stream = accept(&listener) => {
                let connection = http.serve_connection(TokioIo::new(stream), service.clone());
                let connection = connections.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        debug!(%error, "a connection broke off");
                    }
                });
            }
            () = &mut stop => break,
        }
    }

    drop(listener);
    info!(connections = connections.count(), "stopping");
    if timeout(GRACE, connections.shutdown()).await.is_err() {
        warn!(
            seconds = GRACE.as_secs(),
            "requests were still in flight at the end of the grace period"
        );
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and whole, so there is nothing to wait for.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) => {
                warn!(%error, "no connection can be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
