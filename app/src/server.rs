//! Serves HTTP/1.1 connections until told to stop, and no longer than it must.
//!
//! Knows nothing of what is served.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use tracing::{debug, info, warn};

/// How long a client may take to send the head of a request, idle time before it included.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// How long requests in flight may take after the order to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long to wait when the system has no sockets left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who has sent a request; an extension of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Answers requests with `router` until `stop` ends, then finishes those in flight.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE);
    let connections = GracefulShutdown::new();

    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            (stream, peer) = accept(&listener) => {
                let service = router.clone().map_request(move |mut request: Request<_>| {
                    request.extensions_mut().insert(peer);
                    request
                });
                let service = TowerToHyperService::new(service);
                let connection = http.serve_connection(TokioIo::new(stream), service);
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

async fn accept(listener: &TcpListener) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small and whole, so there is nothing to wait for.
                let _ = stream.set_nodelay(true);
                return (stream, Peer(peer));
            }
            Err(error) => {
                warn!(%error, "no connection can be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::time::{self, Instant};

    use super::*;

    #[tokio::test]
    async fn a_request_without_end_holds_up_the_end_for_the_grace_period_only() {
        let begun = Arc::new(Notify::new());
        let handler_begun = Arc::clone(&begun);
        let never = async move || {
            handler_begun.notify_one();
            std::future::pending::<()>().await;
        };
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let router = Router::new().route("/", get(never));
        let server = tokio::spawn(async move { serve(listener, router, stopped.notified()).await });
        let mut client = TcpStream::connect(address)
            .await
            .expect("the server listens");
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .expect("it reads");
        begun.notified().await;

        time::pause();
        let start = Instant::now();
        stop.notify_one();
        server.await.expect("the server ends");

        assert!(start.elapsed() >= GRACE && start.elapsed() < 2 * GRACE);
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_is_hung_up_on() {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let server = tokio::spawn(serve(listener, Router::new(), std::future::pending()));
        let mut silent = TcpStream::connect(address)
            .await
            .expect("the server listens");

        time::pause();
        let mut answer = Vec::new();
        let ended = timeout(2 * HEAD_DEADLINE, silent.read_to_end(&mut answer)).await;

        assert!(ended.is_ok(), "the server waits for ever");
        server.abort();
    }
}
