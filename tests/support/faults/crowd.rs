//! Many callers of one cold key at once, some of whom go away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use cached_runtime::ManualClock;

use super::function::{Keys, WORK};
use super::trial::{millis, resident_kib};
use super::{Candidate, Figures, Setup, Source, Subject};
use crate::redis::RedisServer;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Many callers of a key that has no value yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crowd {
    /// 10,000 callers, all of whom have called before the function returns: it takes two seconds here.
    ColdKey,
    /// 1,000 callers, of whom a random half is dropped while the function runs.
    DroppedHalf,
    /// 1,000 callers, and the first run panics.
    PanickingRun,
}

impl Crowd {
    /// Every crowd, in the order of the report.
    pub const ALL: &'static [Self] = &[Self::ColdKey, Self::DroppedHalf, Self::PanickingRun];

    /// Returns the name of the crowd, lower-case words with hyphens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ColdKey => "cold-key",
            Self::DroppedHalf => "dropped-half",
            Self::PanickingRun => "panicking-run",
        }
    }

    /// Returns what happens, in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::ColdKey => "10,000 callers of one cold key, of a function that takes 2 s",
            Self::DroppedHalf => "1,000 callers of one cold key, a random half is dropped",
            Self::PanickingRun => "1,000 callers of one cold key, the first run panics",
        }
    }

    /// Has the crowd call a subject of `candidate`. The callers that are dropped do not count as
    /// calls; that whose own run of the function panics does not count as failed.
    ///
    /// # Panics
    /// Panics when no server starts, or no subject.
    pub async fn run(self, candidate: &dyn Candidate) -> Figures {
        let server = RedisServer::start().await;
        let setup = Setup {
            url: server.url(),
            clock: ManualClock::new(),
        };
        let subject = candidate.start(&setup).await;
        let subject: Arc<dyn Subject> = subject.expect("there is a server").into();
        let keys = Keys::new();
        let (key, callers) = match self {
            Self::ColdKey => (keys.slow(0), 10_000),
            Self::DroppedHalf => (keys.key(0), 1_000),
            Self::PanickingRun => (keys.panics_once(0), 1_000),
        };

        let resident_before = resident_kib();
        let mut calls = JoinSet::new();
        let mut dropped = HashMap::new();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..callers {
            let subject = Arc::clone(&subject);
            let began = Instant::now();
            let call = calls.spawn(async move {
                let answer = timeout(PATIENCE, subject.call(key)).await;
                (began, Instant::now(), answer)
            });
            if self == Self::DroppedHalf && random.bool() {
                dropped.insert(call.id(), call.clone());
                let after = WORK.mul_f64(random.f64());
                tokio::spawn(async move {
                    sleep(after).await;
                    call.abort();
                });
            }
        }

        let mut figures = Figures {
            subject: candidate.name().to_owned(),
            settings: candidate.settings().to_owned(),
            fault: self.name().to_owned(),
            ..Figures::default()
        };
        let mut slowest = Duration::ZERO;
        let mut panicked = 0;
        while let Some(call) = calls.join_next_with_id().await {
            let id = call.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
            if dropped.contains_key::<Id>(&id) {
                continue;
            }
            figures.calls += 1;
            let Ok((_, (began, ended, answer))) = call else {
                panicked += 1;
                continue;
            };
            let (mut own, expected) = (keys.running(key, began, ended), subject.expected(key));
            match answer {
                Ok(Ok(answer)) => {
                    if answer.source == Source::Cache {
                        own = Duration::ZERO;
                    }
                    figures.wrong += u64::from(answer.value != expected.await);
                    *figures.outcomes.entry(answer.outcome).or_default() += 1;
                }
                Ok(Err(error)) => {
                    figures.failed += 1;
                    *figures.errors.entry(error).or_default() += 1;
                }
                Err(_) => figures.hung += 1,
            }
            slowest = slowest.max((ended - began).saturating_sub(own));
        }
        if panicked > 0 {
            figures.errors.insert("panicked".to_owned(), panicked);
            figures.failed += panicked - u64::from(self == Self::PanickingRun);
        }
        figures.slowest_beyond_ms = millis(slowest);
        figures.runs = keys.runs() as u64;
        figures.most_at_once = keys.most_at_once() as u64;
        figures.resident_kib = (resident_before, resident_kib());
        figures
    }
}
