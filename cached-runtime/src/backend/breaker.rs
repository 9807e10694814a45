//! The breaker around a backend: after too many bad calls of late it is not asked for a while.
//!
//! Reads and writes have a gate each, so a store that refuses writes still serves what it has. A
//! gate that has opened the circuit probes the store from a task of its own, with the command that
//! went badly: a ping succeeds on a server that is full, read-only or forbids the command. Removals
//! pass: they keep values from being served that must not be.
//! `machine` decides; this file has the clock, the lock and the tasks.

mod machine;
mod options;
mod window;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

pub use options::BreakerOptions;

use self::machine::{Health, Machine, Pass, Phase, RAMP, Verdict};
use super::backoff::jittered;
use super::{Backend, BackendFuture};
use crate::error::Error;

/// How long a probe may be overdue before a call takes its place: longer than the longest deadline,
/// so it happens only when the runtime that the prober lived on is gone.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a probe writes.
const PROBE: &[u8] = b"probe";

/// How long that stays.
const PROBE_TTL: Duration = Duration::from_secs(1);

/// What the breaker around a store does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// All calls use the store.
    Closed,
    /// After a rest, a growing share of them does.
    Ramping,
    /// None does: calls go past the store, which is probed in the background.
    Open,
}

/// What the breaker does with reads, and what with writes; [`Cache::breaker`](crate::Cache::breaker) returns it.
///
/// ```
/// use cached_runtime::{BreakerState, Cache};
///
/// # async fn example() -> Result<(), cached_runtime::Error> {
/// let cache = Cache::builder().redis("redis://localhost").build().await?;
/// if let Some(states) = cache.breaker() {
///     let passes = states.write == BreakerState::Closed;
///     println!("reads {}, every value is stored: {passes}", states.read.as_str());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerStates {
    /// With reads; while they do not pass, calls bypass the cache.
    pub read: BreakerState,
    /// With writes; while they do not pass, values are not stored.
    pub write: BreakerState,
}

impl BreakerState {
    /// Returns the state as one lower-case word.
    ///
    /// ```
    /// use cached_runtime::BreakerState;
    /// assert_eq!(BreakerState::Closed.as_str(), "closed");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Ramping => "ramping",
            Self::Open => "open",
        }
    }
}

impl From<Phase> for BreakerState {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Closed => Self::Closed,
            Phase::Ramping => Self::Ramping,
            Phase::Open(_) => Self::Open,
        }
    }
}

/// A backend that is given a rest after faults.
pub(crate) struct Breaker {
    inner: Arc<dyn Backend>,
    read: Arc<Gate>,
    write: Arc<Gate>,
    /// The tasks that probe, one per gate.
    probers: Vec<AbortHandle>,
}

impl Breaker {
    /// Returns `inner` behind a breaker that probes with the key `probe_key`.
    ///
    /// Its tasks live on the current tokio runtime; without one, calls take the place of probes.
    pub(crate) fn new(inner: Arc<dyn Backend>, options: BreakerOptions, probe_key: &str) -> Self {
        let runtime = Handle::try_current();
        let patience = if runtime.is_ok() {
            PATIENCE
        } else {
            Duration::ZERO
        };
        let gate = |direction| Arc::new(Gate::new(direction, options, patience));
        let [read, write] = [Direction::Read, Direction::Write].map(gate);
        let prober = |runtime: &Handle, gate: &Arc<Gate>| {
            let probes = probe(Arc::clone(gate), Arc::clone(&inner), probe_key.to_owned());
            runtime.spawn(probes).abort_handle()
        };
        let probers = runtime
            .iter()
            .flat_map(|runtime| [&read, &write].map(|gate| prober(runtime, gate)))
            .collect();
        Self {
            inner,
            read,
            write,
            probers,
        }
    }

    /// Returns what the breaker does with calls at this time.
    pub(crate) fn states(&self) -> BreakerStates {
        BreakerStates {
            read: self.read.state(),
            write: self.write.state(),
        }
    }

    fn end_probers(&self) {
        for prober in &self.probers {
            prober.abort();
        }
    }
}

impl Backend for Breaker {
    fn get<'a>(&'a self, key: &'a str, max_bytes: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        let get = move || self.inner.get(key, max_bytes);
        Box::pin(async move { self.read.pass(&*self.inner, get).await })
    }

    fn set<'a>(&'a self, key: &'a str, bytes: Vec<u8>, ttl: Duration) -> BackendFuture<'a, ()> {
        let set = move || self.inner.set(key, bytes, ttl);
        Box::pin(async move { self.write.pass(&*self.inner, set).await })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BackendFuture<'a, ()> {
        self.inner.remove(key)
    }

    fn is_connected(&self) -> bool {
        self.inner.is_connected()
    }

    fn shutdown(&self) -> BackendFuture<'_, ()> {
        self.end_probers();
        self.inner.shutdown()
    }
}

impl Drop for Breaker {
    fn drop(&mut self) {
        self.end_probers();
    }
}

/// What a gate is for.
#[derive(Clone, Copy, Debug)]
enum Direction {
    Read,
    Write,
}

impl Direction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Lets calls of one direction pass, or not.
struct Gate {
    direction: Direction,
    slow_call_time: Duration,
    /// What the machine's times are counted from.
    beginning: Instant,
    /// Locked to take note of something, never over an await.
    machine: Mutex<Machine>,
    /// Wakes the prober.
    opened: Notify,
}

impl Gate {
    fn new(direction: Direction, options: BreakerOptions, patience: Duration) -> Self {
        let gate = Self {
            direction,
            slow_call_time: options.slow_call_time,
            beginning: Instant::now(),
            machine: Mutex::new(Machine::new(options, patience)),
            opened: Notify::new(),
        };
        gate.show(Phase::Closed);
        metrics::counter!("cached_breaker_opened_total", "direction" => direction.as_str())
            .increment(0);
        gate
    }

    fn state(&self) -> BreakerState {
        let machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        machine.phase().into()
    }

    /// Makes a call if one is let in, and takes note of how it goes.
    async fn pass<'a, T>(
        &'a self,
        backend: &'a dyn Backend,
        call: impl FnOnce() -> BackendFuture<'a, T>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        let Some(pass) = self.step(started, Machine::ask) else {
            return Err(Error::breaker_open());
        };
        let mut visit = Visit {
            gate: self,
            pass: Some(pass),
        };
        let result = call().await;
        let ended = Instant::now();
        let verdict = judge(&result, ended - started, self.slow_call_time, || {
            backend.is_connected()
        });
        if let Some(verdict) = verdict
            && let Some(pass) = visit.pass.take()
        {
            self.step(ended, |machine, now| machine.end(pass, verdict, now));
        }
        result
    }

    /// Asks the backend for what this gate is for, and returns how that went.
    async fn probe(&self, backend: &dyn Backend, key: &str) -> Health {
        let started = Instant::now();
        let result = match self.direction {
            Direction::Read => backend.get(key, PROBE.len()).await.map(drop),
            Direction::Write => backend.set(key, PROBE.to_vec(), PROBE_TTL).await,
        };
        let verdict = judge(&result, started.elapsed(), self.slow_call_time, || {
            backend.is_connected()
        });
        match verdict {
            None => Health::Unreachable,
            Some(verdict) if verdict.is_bad() => Health::Bad,
            Some(_) => Health::Good,
        }
    }

    /// Lets the machine take a step, and makes known where it has led.
    fn step<T>(&self, at: Instant, step: impl FnOnce(&mut Machine, Duration) -> T) -> T {
        let now = at.saturating_duration_since(self.beginning);
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let before = machine.phase();
        let result = step(&mut machine, now);
        let after = machine.phase();
        // Shown under the lock, so that the last to be shown is the one that holds.
        if before != after {
            self.announce(after);
        }
        result
    }

    fn announce(&self, phase: Phase) {
        self.show(phase);
        let direction = self.direction.as_str();
        match phase {
            Phase::Open(reason) => {
                metrics::counter!("cached_breaker_opened_total", "direction" => direction)
                    .increment(1);
                tracing::warn!(
                    direction,
                    reason = reason.as_str(),
                    "the cache's store is given a rest; calls go past it"
                );
                self.opened.notify_one();
            }
            Phase::Ramping => tracing::info!(direction, "calls come back to the cache's store"),
            Phase::Closed => tracing::info!(direction, "all calls use the cache's store again"),
        }
    }

    /// Shows the phase to who looks at the metrics.
    fn show(&self, phase: Phase) {
        let level = match BreakerState::from(phase) {
            BreakerState::Closed => 0,
            BreakerState::Ramping => 1,
            BreakerState::Open => 2,
        };
        let direction = self.direction.as_str();
        metrics::gauge!("cached_breaker_state", "direction" => direction).set(level);
    }
}

/// A call that was let in. Dropped without having told anything, it gives its pass back.
struct Visit<'a> {
    gate: &'a Gate,
    pass: Option<Pass>,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.gate
                .step(self.gate.beginning, |machine, _| machine.give_back(pass));
        }
    }
}

/// Returns what a result says of the store's health, or `None` where it says nothing.
///
/// What a backend says at once while it has no connection is no news: it says so by itself.
fn judge<T>(
    result: &Result<T, Error>,
    took: Duration,
    slow_call_time: Duration,
    is_connected: impl FnOnce() -> bool,
) -> Option<Verdict> {
    let is_slow = took >= slow_call_time;
    let is_failed = match result {
        Ok(_) => false,
        Err(fault) if fault.is_timeout() => true,
        Err(fault) if fault.is_disconnected() && is_slow => true,
        Err(fault) if fault.server_code().is_some() && (is_slow || is_connected()) => true,
        // The store has answered; another program's value is no fault of its.
        Err(fault) if fault.is_unreadable() => false,
        Err(_) => return None,
    };
    Some(Verdict { is_failed, is_slow })
}

/// The prober: asks the store how it is for as long as the gate is shut.
async fn probe(gate: Arc<Gate>, backend: Arc<dyn Backend>, key: String) {
    loop {
        gate.opened.notified().await;
        while let Some(pause) = gate.step(Instant::now(), |machine, _| machine.pause()) {
            sleep(jittered(pause)).await;
            let health = gate.probe(&*backend, &key).await;
            gate.step(Instant::now(), |machine, now| machine.probed(health, now));
        }
        sleep(RAMP).await;
        gate.step(Instant::now(), Machine::settle);
    }
}

#[cfg(test)]
mod tests;
