//! What is counted of one function, twice: for the metrics, and for whoever [lists](fn@crate::functions) functions.
//!
//! A recorder of metrics finds a counter by its name and labels. Those of a hit and of a miss are put together once for each
//! function; the counters themselves are asked for each time, because a recorder can be installed, or replaced for a scope, at
//! any time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Key, Label, Level, Metadata, counter, with_recorder};

use crate::outcome::{Bypass, Outcome, Stored};

static METADATA: Metadata<'_> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// What has been counted of one function since the start of the process, in all caches.
///
/// ```
/// use cached_runtime::{Cache, functions, redis_cached};
///
/// #[redis_cached(ttl = "1h", key = hash, name = "shop::rate")]
/// async fn rate(zone: u32) -> u64 {
///     u64::from(zone) * 100
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// Cache::builder().build().await?.install()?;
/// rate(1).await;
/// rate(1).await;
///
/// let listed = functions();
/// let counted = listed.iter().find(|spec| spec.name() == "shop::rate").unwrap().counters();
/// assert_eq!((counted.hits, counted.misses), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Calls that were answered from the cache with a fresh value.
    pub hits: u64,
    /// Calls that were answered from the cache with a value that was not fresh any more.
    pub stale: u64,
    /// Calls that found nothing in the cache.
    pub misses: u64,
    /// Calls that went past the cache.
    pub bypasses: u64,
    /// Calls that were given the value that another call computed at the same time.
    pub followers: u64,
    /// Misses whose value Redis did not take, or was not asked to take because its writes fail.
    pub write_failures: u64,
    /// Entries that could not be read.
    pub unreadable: u64,
}

/// The counters of one function.
pub(crate) struct Tally {
    hits: AtomicU64,
    stale: AtomicU64,
    misses: AtomicU64,
    bypasses: AtomicU64,
    followers: AtomicU64,
    write_failures: AtomicU64,
    unreadable: AtomicU64,
    /// The names and labels of what every hit and every miss count.
    keys: OnceLock<Box<Keys>>,
}

struct Keys {
    hits: Key,
    /// Misses whose value is stored.
    misses: Key,
    read_duration: Key,
    write_duration: Key,
    compute_duration: Key,
    read_bytes: Key,
    written_bytes: Key,
    saved: Key,
}

impl Keys {
    fn of(function: &'static str) -> Self {
        let label = |name, value| Label::from_static_parts(name, value);
        // Of the life of the process, as the function is: recorders copy other labels each time that they are asked.
        let labels = Vec::leak(vec![label("function", function)]);
        let metric = |name| Key::from_static_parts(name, labels);
        let calls = |outcome: &'static str, detail| {
            let mut labels = labels.to_vec();
            labels.extend([label("outcome", outcome), label("detail", detail)]);
            Key::from_static_parts("cached_calls_total", labels.leak())
        };
        Self {
            hits: calls("hit", ""),
            misses: calls("miss", Stored::Yes.as_str()),
            read_duration: metric("cached_read_duration_seconds"),
            write_duration: metric("cached_write_duration_seconds"),
            compute_duration: metric("cached_compute_duration_seconds"),
            read_bytes: metric("cached_read_bytes_total"),
            written_bytes: metric("cached_written_bytes_total"),
            saved: metric("cached_origin_microseconds_saved_total"),
        }
    }
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self {
            hits: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            bypasses: AtomicU64::new(0),
            followers: AtomicU64::new(0),
            write_failures: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
            keys: OnceLock::new(),
        }
    }

    /// Returns what has been counted so far.
    pub(crate) fn counters(&self) -> Counters {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            hits: load(&self.hits),
            stale: load(&self.stale),
            misses: load(&self.misses),
            bypasses: load(&self.bypasses),
            followers: load(&self.followers),
            write_failures: load(&self.write_failures),
            unreadable: load(&self.unreadable),
        }
    }

    /// Counts a call of `function`.
    pub(crate) fn count_call(&self, function: &'static str, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Hit { .. } => {
                add_one(&self.hits);
                return count(&self.keys(function).hits, 1);
            }
            Outcome::Miss {
                stored: Stored::Yes,
            } => {
                add_one(&self.misses);
                return count(&self.keys(function).misses, 1);
            }
            Outcome::Stale { .. } => &self.stale,
            Outcome::Miss { .. } => &self.misses,
            Outcome::Bypass { .. } => &self.bypasses,
        };
        add_one(counter);
        let (word, detail) = outcome.words();
        if let Outcome::Miss {
            stored: Stored::WriteFailed | Stored::BreakerOpen,
        } = outcome
        {
            add_one(&self.write_failures);
        }
        counter!("cached_calls_total", "function" => function, "outcome" => word, "detail" => detail)
            .increment(1);
    }

    /// Counts a call that is given what another call has computed.
    pub(crate) fn count_follower(&self, function: &'static str) {
        add_one(&self.followers);
        counter!("cached_followers_total", "function" => function).increment(1);
    }

    /// Counts an entry that cannot be read.
    pub(crate) fn count_unreadable(&self, function: &'static str) {
        add_one(&self.unreadable);
        counter!("cached_unreadable_total", "function" => function).increment(1);
    }

    /// Counts a read that the store has answered, or has been waited for.
    pub(crate) fn count_read(&self, function: &'static str, took: Duration) {
        record(&self.keys(function).read_duration, took);
    }

    /// Counts a write that the store has answered, or has been waited for.
    pub(crate) fn count_write(
        &self,
        function: &'static str,
        took: Duration,
        bytes: usize,
        stored: Stored,
    ) {
        // The others were not made, or were taken back.
        if !matches!(stored, Stored::Yes | Stored::WriteFailed) {
            return;
        }
        let keys = self.keys(function);
        record(&keys.write_duration, took);
        if stored.is_stored() {
            count(&keys.written_bytes, bytes as u64);
        }
    }

    /// Counts a run of the function.
    pub(crate) fn count_run(&self, function: &'static str, took: Duration) {
        record(&self.keys(function).compute_duration, took);
    }

    /// Counts the bytes of an entry that has been read.
    pub(crate) fn count_read_bytes(&self, function: &'static str, bytes: usize) {
        count(&self.keys(function).read_bytes, bytes as u64);
    }

    /// Counts what a value from the cache has cost when it was computed.
    pub(crate) fn count_saved(&self, function: &'static str, cost: Duration) {
        let micros = u64::try_from(cost.as_micros()).unwrap_or(u64::MAX);
        count(&self.keys(function).saved, micros);
    }

    fn keys(&self, function: &'static str) -> &Keys {
        self.keys.get_or_init(|| Box::new(Keys::of(function)))
    }
}

/// Shows the counters of a function before it is called. Who looks at the metrics sees a first increment only
/// of a counter that has been there before.
pub(crate) fn show_counters(function: &'static str) {
    for name in [
        "cached_unreadable_total",
        "cached_followers_total",
        "cached_read_bytes_total",
        "cached_written_bytes_total",
        "cached_origin_microseconds_saved_total",
    ] {
        counter!(name, "function" => function).increment(0);
    }
    for name in ["cached_refreshes_total", "cached_rekeyed_total"] {
        let detail = Stored::Yes.as_str();
        counter!(name, "function" => function, "detail" => detail).increment(0);
    }
    let stored = [
        Stored::Yes,
        Stored::WriteFailed,
        Stored::BreakerOpen,
        Stored::TooLarge,
        Stored::Unencodable,
        Stored::Lossy,
        Stored::NoSecret,
    ];
    let misses = stored.map(|stored| ("miss", stored.as_str()));
    let reasons = [Bypass::Disconnected, Bypass::Timeout, Bypass::BreakerOpen];
    let bypasses = reasons.map(|reason| ("bypass", reason.as_str()));
    for (outcome, detail) in [("hit", "")].into_iter().chain(misses).chain(bypasses) {
        counter!("cached_calls_total", "function" => function, "outcome" => outcome, "detail" => detail)
            .increment(0);
    }
}

fn count(key: &Key, by: u64) {
    with_recorder(|recorder| recorder.register_counter(key, &METADATA)).increment(by);
}

fn record(key: &Key, took: Duration) {
    with_recorder(|recorder| recorder.register_histogram(key, &METADATA)).record(took);
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
