//! Requests for charts over connections that stay open, each request as soon as the one before it is answered.
//!
//! The client speaks HTTP/1.1 through hyper and does nothing else, because it shares the machine with the service.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use cached_tests::app::CHART;

/// What to ask for, a request each time it is called; `None` ends the connection that asked.
pub(crate) type Ask = Arc<dyn Fn() -> Option<Request<Full<Bytes>>> + Send + Sync>;

/// What was heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// How long each request took, sorted.
    pub(crate) times: Vec<Duration>,
    /// How long all of them took together.
    pub(crate) elapsed: Duration,
    /// How often each answer came: status, and `X-Cache-Status` where there is one.
    pub(crate) answers: BTreeMap<String, u64>,
    /// How many requests were sent again, because their connection was closed before anything of an answer came.
    pub(crate) asked_again: u64,
}

impl Heard {
    /// Returns requests answered in a second.
    pub(crate) fn rate(&self) -> f64 {
        count(self.times.len()) / self.elapsed.as_secs_f64()
    }

    /// Returns the time within which `percent` of the requests were answered, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = (self.times.len() * percent).div_ceil(100).max(1) - 1;
        self.times[index].as_secs_f64() * 1e3
    }

    /// Returns how many answers were not `expected`.
    pub(crate) fn other_than(&self, expected: &str) -> u64 {
        let others = self
            .answers
            .iter()
            .filter(|(answer, _)| *answer != expected);
        others.map(|(_, count)| count).sum()
    }

    /// Returns how many answers were `answer`.
    pub(crate) fn of(&self, answer: &str) -> u64 {
        self.answers.get(answer).copied().unwrap_or(0)
    }
}

/// Asks over `connections` until `ask` has no more to ask for on any of them.
pub(crate) async fn run(address: SocketAddr, connections: usize, ask: &Ask) -> Heard {
    let mut clients = JoinSet::new();
    let began = Instant::now();
    for _ in 0..connections {
        clients.spawn(client(address, Arc::clone(ask)));
    }
    let mut heard = Heard::default();
    while let Some(one) = clients.join_next().await {
        let one = one.expect("a client does not panic");
        heard.times.extend(one.times);
        heard.asked_again += one.asked_again;
        for (answer, count) in one.answers {
            *heard.answers.entry(answer).or_default() += count;
        }
    }
    heard.elapsed = began.elapsed();
    heard.times.sort_unstable();
    heard
}

async fn client(address: SocketAddr, ask: Ask) -> Heard {
    let mut heard = Heard::default();
    let mut connection: Option<http1::SendRequest<Full<Bytes>>> = None;
    while let Some(request) = ask() {
        let began = Instant::now();
        let mut answer = None;
        if let Some(mut sender) = connection.take()
            && sender.ready().await.is_ok()
        {
            answer = exchange(&mut sender, request.clone()).await.ok();
            // A server may close an open connection while the next request is on its way, and clients then ask again.
            heard.asked_again += u64::from(answer.is_none());
            connection = answer.is_some().then_some(sender);
        }
        if answer.is_none() {
            let mut sender = connect(address).await;
            answer = exchange(&mut sender, request).await.ok();
            connection = answer.is_some().then_some(sender);
        }
        heard.times.push(began.elapsed());
        let answer = answer.unwrap_or_else(|| "no answer".to_owned());
        *heard.answers.entry(answer).or_default() += 1;
    }
    heard
}

async fn connect(address: SocketAddr) -> http1::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("it is a TCP stream");
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = handshake.expect("a handshake sends nothing");
    tokio::spawn(connection);
    sender
}

async fn exchange(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> hyper::Result<String> {
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let cache = response.headers().get("x-cache-status");
    let cache = cache.and_then(|cache| Some(format!(" {}", cache.to_str().ok()?)));
    let answer = format!("{status}{}", cache.unwrap_or_default());
    response.into_body().collect().await?;
    Ok(answer)
}

/// Returns `request` until `time` is over.
pub(crate) fn lasting(
    time: Duration,
    request: impl Fn() -> Request<Full<Bytes>> + Send + Sync + 'static,
) -> Ask {
    let end = Instant::now() + time;
    Arc::new(move || (Instant::now() < end).then(&request))
}

/// Returns the charts of `births`, each once.
pub(crate) fn each(births: impl IntoIterator<Item = u64>) -> Ask {
    let births: Vec<u64> = births.into_iter().collect();
    let next = AtomicU64::new(0);
    Arc::new(move || {
        let index = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok()?;
        births.get(index).copied().map(chart)
    })
}

/// Returns a request for the chart of birth `number`.
pub(crate) fn chart(number: u64) -> Request<Full<Bytes>> {
    Request::builder()
        .method(Method::POST)
        .uri(CHART)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Full::from(birth(number).to_string()))
        .expect("it is a request")
}

/// Returns a request for `path`.
pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .uri(path)
        .header("host", "localhost")
        .body(Full::default())
        .expect("it is a request")
}

/// Returns an invented birth, another for each of the first 700,000 numbers. Neighbours are years apart, so that
/// the database is not asked for what it has just read.
pub(crate) fn birth(number: u64) -> Value {
    let day = number * 7919 % (148 * 12 * 28);
    let minute = number % (24 * 60);
    json!({
        "date": format!("{}-{:02}-{:02}", 1901 + day % 148, 1 + day / 148 % 12, 1 + day / 148 / 12),
        "time": format!("{:02}:{:02}", minute / 60, minute % 60),
        "utc_offset": "+00:00",
        "latitude": 48.2,
        "longitude": 16.37,
    })
}

/// Returns a count as a number that can be divided.
#[expect(clippy::cast_precision_loss, reason = "few things are counted")]
pub(crate) fn count(count: usize) -> f64 {
    count as f64
}
