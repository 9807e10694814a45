//! An open loop of calls: each is due at its time, whether or not those before it have ended, so that a
//! cache that holds up its callers does not also hold up the counting.
//!
//! A thread of its own starts the calls: it is as punctual when the runtime is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::function::Keys;
use super::{Source, Subject};

/// Which calls are made, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many calls are due each second.
    pub rate: u32,
    /// How many keys are called for again and again, in turn.
    pub keys: u32,
    /// Every how many calls one is for a key that nobody has called for: 0 for never.
    pub fresh_every: u32,
    /// Whether those have large values.
    pub large: bool,
    /// How long a call may take before it counts as hung.
    pub patience: Duration,
}

/// Calls being made.
pub(super) struct Running {
    stop: Arc<AtomicBool>,
    /// When the latest call began that was answered from the cache.
    latest_hit: Arc<watch::Sender<Option<Instant>>>,
    thread: thread::JoinHandle<Vec<Started>>,
}

/// A call under way.
struct Started {
    at: Instant,
    late: Duration,
    call: JoinHandle<Sample>,
}

/// One call, as its caller saw it.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) started: Instant,
    /// How long after it was due the machine let a thread start it that had nothing else to do.
    pub(super) late: Duration,
    pub(super) ended: Instant,
    /// How long it took beyond the function's own time.
    pub(super) beyond: Duration,
    pub(super) result: CallResult,
}

#[derive(Clone, Debug)]
pub(super) enum CallResult {
    Answered {
        source: Source,
        outcome: String,
        is_right: bool,
    },
    Failed(String),
    Hung,
}

impl Load {
    /// Starts to make calls of `subject`; must run within a tokio runtime. `first` is the number of the
    /// first call, so that a load can go on where another has stopped.
    pub(super) fn start(self, subject: Arc<dyn Subject>, keys: Arc<Keys>, first: u32) -> Running {
        let stop = Arc::new(AtomicBool::new(false));
        let latest_hit = Arc::new(watch::Sender::default());
        let calls = Calls {
            subject,
            keys,
            latest_hit: Arc::clone(&latest_hit),
        };
        let runtime = Handle::current();
        let thread = thread::spawn({
            let stop = Arc::clone(&stop);
            move || self.make_calls(&runtime, &calls, first, &stop)
        });
        Running {
            stop,
            latest_hit,
            thread,
        }
    }

    fn make_calls(
        self,
        runtime: &Handle,
        calls: &Calls,
        first: u32,
        stop: &AtomicBool,
    ) -> Vec<Started> {
        let interval = Duration::from_secs(1) / self.rate;
        let mut due = Instant::now();
        let mut started = Vec::new();
        for number in first.. {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let key = self.key(&calls.keys, number);
            let at = Instant::now();
            let late = at.saturating_duration_since(due);
            let call = runtime.spawn(calls.clone().make(key, at, self.patience));
            started.push(Started { at, late, call });
            due += interval;
        }
        started
    }

    /// Returns the key of the call with this number.
    fn key(&self, keys: &Keys, number: u32) -> u64 {
        if number.checked_rem(self.fresh_every) != Some(0) {
            // In runs over all keys, so that each comes equally often beside the fresh ones.
            let fresh = number.checked_div(self.fresh_every).unwrap_or(0);
            return keys.key((number - fresh) % self.keys);
        }
        let fresh = self.keys + number;
        if self.large {
            keys.large(fresh)
        } else {
            keys.key(fresh)
        }
    }
}

/// What every call needs.
#[derive(Clone)]
struct Calls {
    subject: Arc<dyn Subject>,
    keys: Arc<Keys>,
    latest_hit: Arc<watch::Sender<Option<Instant>>>,
}

impl Calls {
    /// Makes the call that began at `started`.
    async fn make(self, key: u64, started: Instant, patience: Duration) -> Sample {
        let answer = timeout(patience, self.subject.call(key)).await;
        let ended = Instant::now();
        let mut own = self.keys.longest_run(key, started, ended);
        let result = match answer {
            Ok(Ok(answer)) => {
                if answer.source == Source::Cache {
                    own = Duration::ZERO;
                    self.latest_hit
                        .send_modify(|latest| *latest = (*latest).max(Some(started)));
                }
                CallResult::Answered {
                    is_right: answer.value == self.subject.expected(key).await,
                    source: answer.source,
                    outcome: answer.outcome,
                }
            }
            Ok(Err(error)) => CallResult::Failed(error),
            Err(_) => CallResult::Hung,
        };
        Sample {
            started,
            late: Duration::ZERO,
            ended,
            beyond: (ended - started).saturating_sub(own),
            result,
        }
    }
}

impl Running {
    /// Waits until a call that began at `since` or later, or any, has been answered from the cache, at
    /// most for `patience`.
    pub(super) async fn hit_since(&self, since: Option<Instant>, patience: Duration) {
        let mut latest = self.latest_hit.subscribe();
        let hit = latest.wait_for(|latest| latest.is_some() && *latest >= since);
        // That none comes is for the caller to see in the samples.
        let _ = timeout(patience, hit).await;
    }

    /// Makes no more calls, and returns all samples once every call has ended or has hung.
    pub(super) async fn stop(self) -> Vec<Sample> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = tokio::task::spawn_blocking(|| self.thread.join());
        let started = thread.await.expect("joining a thread does not panic");
        let started = started.expect("making calls does not panic");
        let mut samples = Vec::with_capacity(started.len());
        for Started { at, late, call } in started {
            let sample = call.await.unwrap_or_else(|_| Sample {
                started: at,
                late,
                ended: at,
                beyond: Duration::ZERO,
                result: CallResult::Failed("panicked".to_owned()),
            });
            samples.push(Sample { late, ..sample });
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn keys_come_equally_often_and_fresh_ones_once() {
        let load = Load {
            rate: 100,
            keys: 8,
            fresh_every: 5,
            large: false,
            patience: Duration::ZERO,
        };
        let keys = Keys::new();

        let mut calls = HashMap::new();
        for number in 0..1_000 {
            *calls.entry(load.key(&keys, number)).or_insert(0) += 1;
        }

        assert_eq!(calls.len(), 208);
        for number in 0..8 {
            assert!((99..=101).contains(&calls[&keys.key(number)]), "{calls:?}");
        }
    }
}
