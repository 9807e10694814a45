//! Whoever reads the story: asks the service over HTTP, writes down what comes back, and holds it against
//! the page.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use cached_runtime::tower::StatusLayer;
use cached_runtime::{Cache, ManualClock};
use cached_tests::app::Answer;
use cached_tests::cache::{self, eventually};
use cached_tests::redis::RedisServer;
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::bank::{Bank, BankError};

const PAGE: &str = include_str!("../../docs/story.md");

/// A service with one cached function, and what has come back from it.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) bank: Bank,
    pub(crate) cache: Cache,
    pub(crate) clock: ManualClock,
    pub(crate) redis: RedisServer,
    requests: Arc<AtomicU32>,
    client: Client,
    url: String,
    written: String,
}

impl Reader {
    /// Starts a service that answers `GET /rate/{currency}` with what `rate` returns.
    pub(crate) async fn of<F, R>(rate: F) -> Self
    where
        F: Fn(String, Bank) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<Option<f64>, BankError>> + Send + 'static,
    {
        let redis = RedisServer::start().await;
        let (cache, clock) = cache::cache(&redis).await;
        let bank = Bank::default();
        let requests = Arc::new(AtomicU32::new(0));

        let (count, scope, asked) = (Arc::clone(&requests), cache.clone(), bank.clone());
        let answer = move |Path(currency): Path<String>| {
            count.fetch_add(1, Ordering::SeqCst);
            let call = scope.scope(rate(currency, asked.clone()));
            async {
                match call.await {
                    Ok(Some(rate)) => (StatusCode::OK, format!("{rate:.2}")),
                    Ok(None) => (StatusCode::NOT_FOUND, "unknown".to_owned()),
                    Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
                }
            }
        };
        let router = Router::new().route("/rate/{currency}", get(answer));
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        tokio::spawn(async { axum::serve(listener, router.layer(StatusLayer::new())).await });
        Self {
            bank,
            cache,
            clock,
            redis,
            requests,
            client: Client::new(),
            url: format!("http://{address}/rate/"),
            written: String::new(),
        }
    }

    /// Asks for a rate and writes the answer down.
    pub(crate) async fn asks(&mut self, currency: &str) {
        let answer = self.request(currency).await.expect("the request ends");
        self.write(currency, &answer);
    }

    /// Asks until the answer is a hit, and writes that down.
    pub(crate) async fn asks_a_moment_later(&mut self, currency: &str) {
        self.notes("a moment later");
        loop {
            let answer = self.request(currency).await.expect("the request ends");
            if answer.cache() == Some("HIT") {
                return self.write(currency, &answer);
            }
        }
    }

    /// Asks without waiting for the answer; returns when the call of the function has begun.
    pub(crate) async fn begins(&self, currency: &str) -> JoinHandle<Answer> {
        let before = self.requests.load(Ordering::SeqCst);
        let request = self.request(currency);
        eventually(|| self.requests.load(Ordering::SeqCst) > before).await;
        request
    }

    /// Writes an answer down.
    pub(crate) fn write(&mut self, currency: &str, answer: &Answer) {
        let (word, members) = (answer.cache(), answer.header("cache-status"));
        let (word, members) = (word.unwrap_or("-"), members.unwrap_or("-"));
        let (body, times) = (answer.body(), self.bank.origin.runs());
        writeln!(
            self.written,
            "{currency:<9} {body:<9} {word:<15} {members:<64} {times}"
        )
        .expect("writing to a string does not fail");
    }

    /// Writes down what happens in between.
    pub(crate) fn notes(&mut self, event: &str) {
        writeln!(self.written, "-- {event}").expect("writing to a string does not fail");
    }

    /// Lets time pass, and writes that down.
    pub(crate) fn waits(&mut self, time: Duration, event: &str) {
        self.clock.advance(time);
        self.notes(event);
    }

    /// Holds what was written down against the next block of text under `heading` on the page.
    #[track_caller]
    pub(crate) fn compares(self, heading: &str) {
        let head = format!(
            "{:<9} {:<9} {:<15} {:<64} {}\n",
            "currency", "answer", "X-Cache-Status", "Cache-Status", "bank asked"
        );
        let written = trimmed(&(head + &self.written));
        let shown: Vec<&str> = blocks(section(heading), "text").collect();
        assert!(
            shown.contains(&&*written),
            "docs/story.md shows under {heading:?}\n{}\nand this is what came back\n{written}",
            shown.join("\n")
        );
    }

    fn request(&self, currency: &str) -> JoinHandle<Answer> {
        let request = self.client.get(format!("{}{currency}", self.url));
        tokio::spawn(Answer::to(request))
    }
}

/// Returns the part of the page under a heading.
#[track_caller]
fn section(heading: &str) -> &'static str {
    let start = format!("\n## {heading}\n");
    let (_, section) = PAGE
        .split_once(&start)
        .unwrap_or_else(|| panic!("docs/story.md has no heading {heading:?}"));
    section.split("\n## ").next().unwrap_or_default()
}

/// Returns the blocks of a kind.
pub(crate) fn blocks<'a>(text: &'a str, kind: &str) -> impl Iterator<Item = &'a str> {
    let fences = text.split("\n```").skip(1);
    let start = format!("{kind}\n");
    let opened = fences.step_by(2);
    let blocks: Vec<_> = opened
        .filter_map(|block| block.strip_prefix(&start))
        .collect();
    blocks.into_iter()
}

/// Returns every block of Rust on the page.
pub(crate) fn functions() -> impl Iterator<Item = &'static str> {
    blocks(PAGE, "rust")
}

fn trimmed(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}
