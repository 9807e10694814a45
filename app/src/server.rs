//! Serves HTTP/1.1 connections until told to stop, and no longer than it must.
//!
//! Knows nothing of what is served.

mod patient;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt;
use tracing::{debug, info, warn};

use self::patient::Patient;

/// How long a client may take to send the head of a request, idle time before it included.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// How long a client may read nothing of what it is sent.
const READ_DEADLINE: Duration = Duration::from_secs(30);
/// How long requests in flight may take after the order to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long to wait when the system has no sockets left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often to say that connections have to wait.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);
/// Descriptors that connections leave to the rest of the process: the database, Redis, the collector of spans, the
/// operators and the runtime.
const RESERVED_DESCRIPTORS: u64 = 96;

/// Who has sent a request; an extension of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Returns `wanted` connections, or fewer, and at least one, where the process may not open as many descriptors.
pub(crate) fn most_connections(wanted: usize) -> usize {
    let Some(descriptors) = getrlimit(Resource::Nofile).current else {
        return wanted;
    };
    let left = descriptors.saturating_sub(RESERVED_DESCRIPTORS).max(1);
    usize::try_from(left).map_or(wanted, |left| left.min(wanted))
}

/// Answers requests with `router`, on at most `most` connections at a time, until `stop` ends, then finishes those in
/// flight.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    stop: impl Future<Output = ()>,
) {
    let mut door = Door::new(listener, most);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE);
    let connections = GracefulShutdown::new();

    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            (stream, peer, place) = door.next() => {
                let service = router.clone().map_request(move |mut request: Request<_>| {
                    request.extensions_mut().insert(peer);
                    request
                });
                let service = TowerToHyperService::new(service);
                let stream = TokioIo::new(Patient::new(stream, READ_DEADLINE));
                let connection = http.serve_connection(stream, service);
                let connection = connections.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        debug!(%error, "a connection broke off");
                    }
                    drop(place);
                });
            }
            () = &mut stop => break,
        }
    }

    drop(door);
    info!(connections = connections.count(), "stopping");
    if timeout(GRACE, connections.shutdown()).await.is_err() {
        warn!(
            seconds = GRACE.as_secs(),
            "requests were still in flight at the end of the grace period"
        );
    }
}

/// Lets connections in while there is a place for them. The others wait outside, where they cost no descriptor.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    most: usize,
    /// When the log was last told that connections have to wait.
    warned_at: Option<Instant>,
}

impl Door {
    fn new(listener: TcpListener, most: usize) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(most)),
            most,
            warned_at: None,
        }
    }

    /// Returns the next connection, who it is from, and the place that it takes.
    async fn next(&mut self) -> (TcpStream, Peer, OwnedSemaphorePermit) {
        let place = self.place().await;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are small and whole, so there is nothing to wait for.
                    let _ = stream.set_nodelay(true);
                    return (stream, Peer(peer), place);
                }
                Err(error) => {
                    if self.is_to_be_said() {
                        warn!(%error, "no connection can be accepted");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn place(&mut self) -> OwnedSemaphorePermit {
        if self.places.available_permits() == 0 && self.is_to_be_said() {
            let connections = self.most;
            warn!(
                connections,
                "there are as many connections as there may be; others wait"
            );
        }
        let place = Arc::clone(&self.places).acquire_owned().await;
        place.expect("the places are never closed")
    }

    fn is_to_be_said(&mut self) -> bool {
        let is_recent = |at: Instant| at.elapsed() < WARNING_INTERVAL;
        let is_to_be_said = !self.warned_at.is_some_and(is_recent);
        if is_to_be_said {
            self.warned_at = Some(Instant::now());
        }
        is_to_be_said
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
        let server =
            tokio::spawn(async move { serve(listener, router, 8, stopped.notified()).await });
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
        let server = tokio::spawn(serve(listener, Router::new(), 8, std::future::pending()));
        let mut silent = TcpStream::connect(address)
            .await
            .expect("the server listens");

        time::pause();
        let mut answer = Vec::new();
        let ended = timeout(2 * HEAD_DEADLINE, silent.read_to_end(&mut answer)).await;

        assert!(ended.is_ok(), "the server waits for ever");
        server.abort();
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_hung_up_on() {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let large = async || "x".repeat(1 << 20);
        let router = Router::new().route("/", get(large));
        let server = tokio::spawn(serve(listener, router, 8, std::future::pending()));
        let mut deaf = TcpStream::connect(address)
            .await
            .expect("the server listens");

        time::pause();
        let asks = async {
            while deaf
                .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                .await
                .is_ok()
            {}
        };
        let ended = timeout(2 * READ_DEADLINE, asks).await;

        assert!(ended.is_ok(), "the server waits for ever");
        server.abort();
    }

    #[tokio::test]
    async fn a_connection_too_many_waits_until_another_ends() {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let router = Router::new().route("/", get(async || "here"));
        let server = tokio::spawn(serve(listener, router, 1, std::future::pending()));
        let ask = async |client: &mut TcpStream| {
            let mut answer = [0; 12];
            client
                .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                .await
                .expect("it is buffered");
            let answered = client.read_exact(&mut answer).await;
            answered.expect("it is answered");
            answer
        };
        let connect = async || {
            let client = TcpStream::connect(address).await;
            client.expect("the server listens")
        };
        let mut first = connect().await;
        ask(&mut first).await;
        let mut second = connect().await;

        // Far less than a client may be idle.
        time::pause();
        let waits = timeout(HEAD_DEADLINE / 10, ask(&mut second)).await;
        time::resume();
        drop(first);
        let mut third = connect().await;
        drop(second);

        assert!(waits.is_err(), "the second one has a place");
        assert_eq!(&ask(&mut third).await, b"HTTP/1.1 200");
        server.abort();
    }
}
