//! The run of a function, within its limits: alone in knowing the user's future.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::refusal::Refusal;
use crate::report::count_run;
use crate::spec::{Running, Spec};

/// A run that may begin.
pub(super) struct Run {
    limit: Limit,
    /// Its place among those that run.
    _running: Running,
}

/// Until when a call waits for its function, run by itself or by another.
///
/// What the cache does with the output is not a part of that: it would make an error of an answer.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    spec: &'static Spec,
    /// When that is, and how long from the beginning.
    hard_timeout: Option<(Instant, Duration)>,
}

impl Limit {
    /// Returns the limit of a call that begins to wait now.
    pub(super) fn of(spec: &'static Spec) -> Self {
        let hard_timeout = spec.limits().hard_timeout;
        let hard_timeout = hard_timeout.map(|limit| (Instant::now() + limit, limit));
        Self { spec, hard_timeout }
    }

    /// Returns what `awaited` comes to.
    ///
    /// # Errors
    /// Returns a refusal when it takes too long.
    pub(super) async fn wait<T>(self, awaited: impl Future<Output = T>) -> Result<T, Refusal> {
        match self.hard_timeout {
            None => Ok(awaited.await),
            Some((deadline, limit)) => timeout_at(deadline, awaited)
                .await
                .map_err(|_| Refusal::timeout(self.spec.name(), limit)),
        }
    }

    /// Makes room for a run of the function.
    ///
    /// # Errors
    /// Returns a refusal when as many run as may.
    pub(super) fn start(self) -> Result<Run, Refusal> {
        Ok(Run {
            limit: self,
            _running: self.spec.start()?,
        })
    }
}

impl Run {
    /// Runs the function, and counts how long that takes.
    ///
    /// # Errors
    /// Returns a refusal when it takes too long.
    pub(super) async fn of<O>(self, compute: impl Future<Output = O>) -> Result<O, Refusal> {
        let began = Instant::now();
        let output = self.limit.wait(compute).await?;
        count_run(self.limit.spec, began.elapsed());
        Ok(output)
    }
}
