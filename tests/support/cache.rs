//! What tests of the library share: a cache over a real Redis, and a function whose runs count.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cached_runtime::{Builder, Cache, CallReport, KeySecret, ManualClock, Outcome, observe};
use tokio::time::{sleep, timeout};

use crate::redis::RedisServer;

/// How long to wait for what must happen before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a cache waits for a Redis that is sound.
const DEADLINE: Duration = Duration::from_secs(10);

/// How often to look.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Returns a builder of a cache in `server`, with a secret that all tests share and lifetimes that
/// are exactly those of the attributes. It waits for Redis also on a machine that is busy with other tests.
pub fn builder(server: &RedisServer) -> Builder {
    prompt_builder(server)
        .read_timeout(DEADLINE)
        .write_timeout(DEADLINE)
}

/// As [`builder`], with the deadlines that caches have by default, for tests of a Redis that is late.
pub fn prompt_builder(server: &RedisServer) -> Builder {
    Cache::builder()
        .namespace("test")
        .redis(server.url())
        .key_secret(secret())
        .jitter(0.0)
}

/// Returns a cache in `server` and the clock that decides what is fresh in it.
///
/// # Panics
///
/// Panics when the cache is not connected.
pub async fn cache(server: &RedisServer) -> (Cache, ManualClock) {
    connected(builder(server)).await
}

/// As [`cache`], with the deadlines of [`prompt_builder`].
///
/// # Panics
///
/// Panics when the cache is not connected.
pub async fn prompt_cache(server: &RedisServer) -> (Cache, ManualClock) {
    connected(prompt_builder(server)).await
}

async fn connected(builder: Builder) -> (Cache, ManualClock) {
    let clock = ManualClock::new();
    let cache = builder
        .clock(clock.clone())
        .build()
        .await
        .expect("the settings are sound");
    assert!(cache.is_connected());
    (cache, clock)
}

/// Returns the secret of the tests.
///
/// # Panics
///
/// Never: it is long enough.
#[must_use]
pub fn secret() -> KeySecret {
    KeySecret::new("a secret for tests, of 32 bytes!").expect("it is long enough")
}

/// Counts the runs of a cached function.
#[derive(Debug, Default)]
pub struct Source {
    runs: AtomicU32,
}

impl Source {
    /// Counts one run and returns the number of runs so far.
    pub fn run(&self) -> u32 {
        self.runs.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Returns how often the function ran.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.runs.load(Ordering::SeqCst)
    }
}

/// Returns the output of one call of a cached function, and its outcome.
///
/// # Panics
///
/// Panics when `call` makes another number of calls than one.
pub async fn outcome<F: Future>(call: F) -> (F::Output, Outcome) {
    let (output, calls) = observe(call).await;
    let [CallReport { outcome, .. }] = calls[..] else {
        panic!("one call was made, not {calls:?}");
    };
    (output, outcome)
}

/// Waits until `holds` does.
///
/// # Panics
///
/// Panics when that takes unreasonably long.
pub async fn eventually(holds: impl Fn() -> bool) {
    let look = async {
        while !holds() {
            sleep(POLL_INTERVAL).await;
        }
    };
    timeout(PATIENCE, look)
        .await
        .expect("what was waited for never happened");
}
