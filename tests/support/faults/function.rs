//! The function that is cached: it takes 50 ms, and for some keys longer, and its value tells which key it was called for.
//!
//! Every run is noted under its key, so that it can be told how long a caller would have waited without
//! any cache, also where it waited for a run that another call had begun.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long the function works.
pub const WORK: Duration = Duration::from_millis(50);

/// How long the function works for a key that is [`slow`](Keys::slow).
pub const SLOW_WORK: Duration = Duration::from_secs(2);

/// The bytes of a value of a key that is [`large`](Keys::large): twice what a cache stores.
pub const LARGE_BYTES: usize = 2 << 20;

/// Marks keys with a large value.
const LARGE: u64 = 1 << 31;

/// Marks keys whose first run panics.
const PANICS_ONCE: u64 = 1 << 30;

/// Marks keys for which the function takes longer.
const SLOW: u64 = 1 << 29;

/// The runs of every set of keys, by its number. Locked to note something, never over an await.
static RUNS: Mutex<Option<HashMap<u64, Runs>>> = Mutex::new(None);

/// The runs for one set of keys.
#[derive(Debug, Default)]
struct Runs {
    of_key: HashMap<u64, Vec<Run>>,
    under_way: usize,
    most_at_once: usize,
    total: usize,
    is_failing: bool,
}

/// When a run began and, unless it is under way, when it ended or was dropped.
#[derive(Debug)]
struct Run {
    began: Instant,
    ended: Option<Instant>,
}

/// Runs the function.
///
/// # Panics
/// Panics when `key` is one of which the first run [panics](Keys::panics_once), after its work.
pub async fn run(key: u64) -> String {
    let run = Noted::begin(key);
    sleep(if key & SLOW == 0 { WORK } else { SLOW_WORK }).await;
    assert!(
        key & PANICS_ONCE == 0 || run.index > 0,
        "the first run of this key panics"
    );
    value_of(key)
}

/// Runs the function, which fails after its work where its keys are [failing](Keys::set_failing).
///
/// # Errors
/// Returns an error that says so.
pub async fn try_run(key: u64) -> Result<String, String> {
    let value = run(key).await;
    let is_failing =
        |sets: &HashMap<u64, Runs>| sets.get(&set_of(key)).is_some_and(|runs| runs.is_failing);
    if runs().as_ref().is_some_and(is_failing) {
        return Err("the function fails".to_owned());
    }
    Ok(value)
}

/// Returns the value of the function for `key`.
#[must_use]
pub fn value_of(key: u64) -> String {
    let line = format!("the value of {key:016x}; ");
    let bytes = if key & LARGE == 0 { 256 } else { LARGE_BYTES };
    line.repeat(bytes / line.len() + 1)
}

/// Keys that no other set in this process has.
#[derive(Debug)]
pub struct Keys {
    set: u64,
}

impl Keys {
    /// Returns a new set of keys.
    #[must_use]
    pub fn new() -> Self {
        static SETS: AtomicU32 = AtomicU32::new(0);
        let set = u64::from(SETS.fetch_add(1, Ordering::Relaxed)) << 32;
        Self { set }
    }

    /// Returns the key with this number, which is below 2^29.
    #[must_use]
    pub fn key(&self, number: u32) -> u64 {
        self.set | u64::from(number)
    }

    /// Returns a key whose value is larger than caches store by default.
    #[must_use]
    pub fn large(&self, number: u32) -> u64 {
        self.key(number) | LARGE
    }

    /// Returns a key for which the function takes [`SLOW_WORK`].
    #[must_use]
    pub fn slow(&self, number: u32) -> u64 {
        self.key(number) | SLOW
    }

    /// Returns a key of which the first run panics.
    #[must_use]
    pub fn panics_once(&self, number: u32) -> u64 {
        self.key(number) | PANICS_ONCE
    }

    /// Lets [`try_run`] fail for these keys from now on, or no more.
    ///
    /// # Panics
    /// Panics when the function has never run for one of them.
    pub fn set_failing(&self, is_failing: bool) {
        let mut all = runs();
        let runs = all.as_mut().and_then(|sets| sets.get_mut(&self.set));
        runs.expect("the function has run").is_failing = is_failing;
    }

    /// Returns how often the function has run.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.with(|runs| runs.total)
    }

    /// Returns how many runs were under way at once, at most.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.with(|runs| runs.most_at_once)
    }

    /// Returns how long the function ran for `key` between two moments, in the run that took the
    /// largest part of it: a caller that got its value from a run has waited for that one.
    #[must_use]
    pub fn longest_run(&self, key: u64, from: Instant, to: Instant) -> Duration {
        self.with(|runs| {
            let of_key = runs.of_key.get(&key).into_iter().flatten();
            let within = of_key.map(|run| {
                let ended = run.ended.unwrap_or(to).min(to);
                ended.saturating_duration_since(run.began.max(from))
            });
            within.max().unwrap_or_default()
        })
    }

    /// Returns for how long the function ran for `key` between two moments, by whomever it was begun.
    #[must_use]
    pub fn running(&self, key: u64, from: Instant, to: Instant) -> Duration {
        self.with(|runs| {
            let mut counted_to = from;
            // They are in the order in which they began, and may overlap.
            let of_key = runs.of_key.get(&key).into_iter().flatten();
            let counted = of_key.map(|run| {
                let ended = run.ended.unwrap_or(to).min(to);
                let counted = ended.saturating_duration_since(run.began.max(counted_to));
                counted_to = counted_to.max(ended);
                counted
            });
            counted.sum()
        })
    }

    fn with<T>(&self, read: impl FnOnce(&Runs) -> T) -> T {
        match runs().as_ref().and_then(|sets| sets.get(&self.set)) {
            Some(runs) => read(runs),
            None => read(&Runs::default()),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Keys {
    /// Forgets the runs.
    fn drop(&mut self) {
        if let Some(sets) = runs().as_mut() {
            sets.remove(&self.set);
        }
    }
}

/// Notes the end of a run when dropped.
struct Noted {
    key: u64,
    index: usize,
}

impl Noted {
    fn begin(key: u64) -> Self {
        let mut all = runs();
        let runs = all.get_or_insert_default().entry(set_of(key)).or_default();
        runs.total += 1;
        runs.under_way += 1;
        runs.most_at_once = runs.most_at_once.max(runs.under_way);
        let of_key = runs.of_key.entry(key).or_default();
        of_key.push(Run {
            began: Instant::now(),
            ended: None,
        });
        let index = of_key.len() - 1;
        Self { key, index }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        // The keys may be gone, with a call that outlived its test.
        if let Some(runs) = runs()
            .as_mut()
            .and_then(|sets| sets.get_mut(&set_of(self.key)))
            && let Some(run) = runs
                .of_key
                .get_mut(&self.key)
                .and_then(|of_key| of_key.get_mut(self.index))
        {
            run.ended = Some(Instant::now());
            runs.under_way -= 1;
        }
    }
}

/// Returns the set that `key` is in.
fn set_of(key: u64) -> u64 {
    key & !u64::from(u32::MAX)
}

fn runs() -> MutexGuard<'static, Option<HashMap<u64, Runs>>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_run_counts_only_within_the_call() {
        let keys = Keys::new();
        let key = keys.key(1);
        let from = Instant::now();

        let second = async {
            sleep(WORK / 2).await;
            run(key).await
        };
        tokio::join!(run(key), run(keys.key(2)), second);

        assert_eq!((keys.runs(), keys.most_at_once()), (3, 3));
        let to = Instant::now();
        assert_eq!(keys.longest_run(key, from, to), WORK);
        assert_eq!(keys.running(key, from, to), WORK * 3 / 2);
        assert_eq!(keys.longest_run(key, from + WORK, to), WORK / 2);
        assert_eq!(keys.longest_run(keys.key(3), from, to), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_dropped_has_ended() {
        let keys = Keys::new();
        let key = keys.key(1);
        let from = Instant::now();

        let dropped = tokio::time::timeout(WORK / 5, run(key)).await;
        sleep(WORK).await;

        assert!(dropped.is_err());
        assert_eq!(keys.longest_run(key, from, Instant::now()), WORK / 5);
    }

    #[test]
    fn every_key_has_a_value_of_its_own() {
        let (one, other) = (Keys::new(), Keys::new());

        assert_ne!(value_of(one.key(1)), value_of(one.key(2)));
        assert_ne!(value_of(one.key(1)), value_of(other.key(1)));
        assert!(value_of(one.large(1)).len() >= LARGE_BYTES);
    }
}
