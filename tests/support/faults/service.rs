//! The natal-chart service, as a candidate: the real program, asked over HTTP.
//!
//! Its function takes about a millisecond and does not note its runs, so the time beyond the function
//! is that of the whole answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Answer, BoxFuture, Candidate, Setup, Source, Subject};
use crate::app::{self, CHART, Program, SECRET, birth_with};

/// The service with the settings it has by default.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Service;

impl Service {
    /// Returns the service, which has been built.
    ///
    /// # Panics
    /// Panics when it does not build.
    pub async fn built() -> Self {
        Program::build().await;
        Self
    }
}

impl Candidate for Service {
    fn name(&self) -> &'static str {
        "app"
    }

    fn settings(&self) -> &'static str {
        "defaults, over HTTP"
    }

    fn start<'a>(&'a self, setup: &'a Setup) -> BoxFuture<'a, Result<Box<dyn Subject>, String>> {
        Box::pin(async {
            let settings = [("REDIS_URL", &*setup.url), ("CACHE_KEY_SECRET", SECRET)];
            let mut cached = Program::start(&settings).await;
            let mut uncached = Program::start(&[("ENABLE_CACHE", "false")]).await;
            for program in [&mut cached, &mut uncached] {
                program.leave_log_unread();
                program.ready().await;
            }
            Ok(Box::new(Charts {
                cached,
                uncached,
                right: Mutex::default(),
            }) as Box<dyn Subject>)
        })
    }
}

/// Charts of births that keys stand for.
struct Charts {
    cached: Program,
    /// Tells what is right.
    uncached: Program,
    /// The right charts that have been asked for.
    right: Mutex<HashMap<u64, Arc<OnceCell<String>>>>,
}

impl Subject for Charts {
    fn call(&self, key: u64) -> BoxFuture<'_, Result<Answer, String>> {
        Box::pin(async move {
            let chart = self.cached.request(Method::POST, CHART);
            let answer = chart.json(&birth(key)).send().await;
            let answer = answer.map_err(|error| format!("{error:?}"))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let value = answer.text().await.map_err(|error| format!("{error:?}"))?;
            if status != 200 {
                return Err(format!("status {status}"));
            }
            let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
            let source = match header("x-cache-status") {
                Some("HIT" | "STALE") => Source::Cache,
                Some(_) => Source::Function,
                None => return Err("no X-Cache-Status".to_owned()),
            };
            Ok(Answer {
                value,
                source,
                outcome: outcome(header("cache-status").unwrap_or_default()),
            })
        })
    }

    fn expected(&self, key: u64) -> BoxFuture<'_, String> {
        Box::pin(async move {
            let chart = {
                let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(right.entry(key).or_default())
            };
            let ask = async || {
                let chart = self.uncached.request(Method::POST, CHART);
                let answer = app::Answer::to(chart.json(&birth(key))).await;
                assert_eq!(answer.status(), 200, "a service without a cache answers");
                answer.body().to_owned()
            };
            chart.get_or_init(ask).await.clone()
        })
    }
}

/// Returns what a `Cache-Status` says, without the name of the cache and without a time.
fn outcome(status: &str) -> String {
    let members = status.split("; ").skip(1);
    let lasting = members.filter(|member| !member.starts_with("ttl="));
    lasting.collect::<Vec<_>>().join(", ")
}

/// Returns a birth that is another for each key of a set.
fn birth(key: u64) -> Value {
    let minutes = key & u64::from(u32::MAX);
    let (day, minute) = (minutes / 1440 % 28 + 1, minutes % 1440);
    birth_with(&json!({
        "date": format!("1990-05-{day:02}"),
        "time": format!("{:02}:{:02}", minute / 60, minute % 60),
    }))
}
