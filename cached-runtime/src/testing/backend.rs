//! A backend that fails as stores do: late, with an error, not at all, or with other bytes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::random;
use crate::backend::{Backend, BackendFuture, Memory};
use crate::clock::Clock;
use crate::error::Error;

/// The capacity of [`FaultyBackend::in_process`].
const CAPACITY_BYTES: u64 = 64 << 20;

/// How many values are remembered, to be passed off as another key's.
const REMEMBERED: usize = 8;

/// What befalls one call of a [`FaultyBackend`].
///
/// [`Delay`](Self::Delay), [`Freeze`](Self::Freeze) and [`Silence`](Self::Silence) break the promise
/// that a [`Backend`] ends every call within a deadline of its own; the others keep it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The call takes this much longer.
    Delay(Duration),
    /// The call returns this error, and the store is not touched.
    Fail(Error),
    /// The call stands still until the next [`inject`](FaultyBackend::inject) or
    /// [`heal`](FaultyBackend::heal), and then runs.
    Freeze,
    /// The call never ends, and the store is not touched.
    Silence,
    /// A `set` or a `remove` says that it is done and is not; a `get` finds nothing.
    Lose,
    /// A `get` returns other bytes than are stored. Others are not affected.
    Lie(Lie),
}

/// What a `get` returns in place of what is stored; where nothing is stored, it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lie {
    /// Some bytes at the end are missing.
    Truncated,
    /// One bit is another.
    Flipped,
    /// The bytes are those of another key that was set lately; the truth if there is none.
    AnotherKey,
}

/// Which calls of a [`FaultyBackend`] meet which fault.
///
/// The fault of the n-th read, and of the n-th write, depends on the seed and nothing else.
///
/// ```
/// use cached_runtime::Error;
/// use cached_runtime::testing::{Fault, Faults, Lie};
/// use std::time::Duration;
///
/// let faults = Faults::seeded(7)
///     .reads(0.2, Fault::Delay(Duration::from_millis(20)))
///     .reads(0.1, Fault::Lie(Lie::Flipped))
///     .writes(0.5, Fault::Fail(Error::server("OOM")));
/// # let _ = faults;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Faults {
    seed: u64,
    /// The share of reads that each fault befalls.
    reads: Vec<(f64, Fault)>,
    /// The share of writes and removals that each fault befalls.
    writes: Vec<(f64, Fault)>,
}

/// A backend around another, which does what that does except for the [`Faults`] that are injected.
///
/// Clones are the same backend, so a test can keep one and switch faults while a cache uses the other.
///
/// ```
/// use cached_runtime::testing::{Fault, Faults, FaultyBackend};
/// use cached_runtime::{Cache, Error, SystemClock, redis_cached};
///
/// #[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
/// async fn double(number: u64, cache: &Cache) -> u64 {
///     number * 2
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let store = FaultyBackend::in_process(SystemClock);
/// let cache = Cache::builder()
///     .backend(store.clone())
///     .guessable_keys()
///     .build()
///     .await?;
///
/// store.inject(Faults::always(Fault::Fail(Error::server("LOADING"))));
/// assert_eq!(double(4, &cache).await, 8);
/// assert!(store.injected() > 0);
///
/// store.heal();
/// assert_eq!(double(4, &cache).await, 8);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FaultyBackend {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Box<dyn Backend>,
    /// What is injected, and how far the schedule has run. Locked to draw a fault, never over an await.
    schedule: Mutex<Schedule>,
    /// Counts how often faults have been switched; frozen calls wait for the next time.
    switched: watch::Sender<u64>,
}

#[derive(Default)]
struct Schedule {
    faults: Faults,
    /// Reads and writes since the faults were injected.
    reads: u64,
    writes: u64,
    /// Faults that have befallen a call since the backend was made.
    injected: u64,
    /// The values set lately, with their keys, the latest last.
    remembered: VecDeque<(String, Vec<u8>)>,
}

/// A fault that befalls a call, and the random number that decides its particulars.
type Drawn = Option<(Fault, u64)>;

impl Faults {
    /// Returns no faults at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns faults that befall every call in the same way.
    pub fn always(fault: Fault) -> Self {
        Self::none().reads(1.0, fault.clone()).writes(1.0, fault)
    }

    /// Returns no faults yet; what is added to them is decided by `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// Adds a fault that befalls this share of the reads.
    ///
    /// # Panics
    /// Panics when the share is not from 0 to 1, or the shares of all faults of reads exceed 1.
    pub fn reads(mut self, share: f64, fault: Fault) -> Self {
        self.reads.push((share, fault));
        check(&self.reads);
        self
    }

    /// Adds a fault that befalls this share of the writes and removals.
    ///
    /// # Panics
    /// Panics when the share is not from 0 to 1, or the shares of all faults of writes exceed 1.
    pub fn writes(mut self, share: f64, fault: Fault) -> Self {
        self.writes.push((share, fault));
        check(&self.writes);
        self
    }
}

fn check(shares: &[(f64, Fault)]) {
    let total: f64 = shares.iter().map(|(share, _)| share).sum();
    // Shares such as ten times 0.1 add up to a little more than 1.
    let is_share = |share: f64| (0.0..=1.0 + 1e-9).contains(&share);
    assert!(
        is_share(total) && shares.iter().all(|(share, _)| is_share(*share)),
        "shares of faults are from 0 to 1, and at most 1 together"
    );
}

impl FaultyBackend {
    /// Returns a backend that does what `backend` does until faults are injected.
    #[must_use]
    pub fn new(backend: impl Backend) -> Self {
        let inner = Arc::new(Inner {
            backend: Box::new(backend),
            schedule: Mutex::default(),
            switched: watch::Sender::new(0),
        });
        Self { inner }
    }

    /// Returns a backend that keeps entries in this process, at most 64 MiB, and forgets them by
    /// `clock`.
    #[must_use]
    pub fn in_process(clock: impl Clock) -> Self {
        Self::new(Memory::new(CAPACITY_BYTES, Arc::new(clock)))
    }

    /// Puts `faults` in the place of those injected before, begins their schedule, and lets frozen
    /// calls run.
    pub fn inject(&self, faults: Faults) {
        let mut schedule = self.schedule();
        schedule.faults = faults;
        schedule.reads = 0;
        schedule.writes = 0;
        drop(schedule);
        self.inner.switched.send_modify(|times| *times += 1);
    }

    /// Takes the faults away and lets frozen calls run.
    pub fn heal(&self) {
        self.inject(Faults::none());
    }

    /// Returns how many calls have met a fault since the backend was made.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.schedule().injected
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        let schedule = self.inner.schedule.lock();
        schedule.unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call that is to be held up wait; `Err` is what it returns instead of running.
    async fn befall<T>(&self, fault: &Drawn, lost: T) -> Result<(), Result<T, Error>> {
        match fault {
            Some((Fault::Delay(delay), _)) => sleep(*delay).await,
            Some((Fault::Fail(error), _)) => return Err(Err(error.clone())),
            Some((Fault::Freeze, _)) => {
                let mut switched = self.inner.switched.subscribe();
                switched.changed().await.expect("this backend sends");
            }
            Some((Fault::Silence, _)) => std::future::pending().await,
            Some((Fault::Lose, _)) => return Err(Ok(lost)),
            Some((Fault::Lie(_), _)) | None => {}
        }
        Ok(())
    }
}

impl Schedule {
    fn draw_read(&mut self) -> Drawn {
        let index = self.reads;
        self.reads += 1;
        let drawn = draw(&self.faults.reads, random(self.faults.seed, index));
        self.injected += u64::from(drawn.is_some());
        drawn
    }

    fn draw_write(&mut self) -> Drawn {
        let index = self.writes;
        self.writes += 1;
        // Another row of numbers than that of the reads.
        let drawn = draw(&self.faults.writes, random(!self.faults.seed, index));
        let drawn = drawn.filter(|(fault, _)| !matches!(fault, Fault::Lie(_)));
        self.injected += u64::from(drawn.is_some());
        drawn
    }

    fn remember(&mut self, key: &str, bytes: &[u8]) {
        self.remembered.retain(|(other, _)| other != key);
        self.remembered.push_back((key.to_owned(), bytes.to_vec()));
        if self.remembered.len() > REMEMBERED {
            self.remembered.pop_front();
        }
    }

    /// Returns bytes that are not those of `key`.
    fn lie(&self, lie: Lie, number: u64, key: &str, mut bytes: Vec<u8>) -> Vec<u8> {
        let Some(at) = number.checked_rem(bytes.len() as u64) else {
            return bytes;
        };
        let at = usize::try_from(at).expect("it is less than a length");
        match lie {
            Lie::Truncated => bytes.truncate(at),
            Lie::Flipped => bytes[at] ^= 1 << (number >> 61),
            Lie::AnotherKey => {
                let another = self.remembered.iter().rev().find(|(other, _)| other != key);
                if let Some((_, another)) = another {
                    bytes.clone_from(another);
                }
            }
        }
        bytes
    }
}

/// Returns the fault in whose share a random number falls.
fn draw(shares: &[(f64, Fault)], number: u64) -> Drawn {
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits decide, as many as a float has"
    )]
    let position = (number >> 11) as f64 / (1_u64 << 53) as f64;
    let mut end = 0.0;
    let hit = shares.iter().find(|(share, _)| {
        end += share;
        position < end
    });
    // The position is used up; the particulars need a number that does not depend on it.
    hit.map(|(_, fault)| (fault.clone(), random(number, 0)))
}

impl Backend for FaultyBackend {
    fn get<'a>(&'a self, key: &'a str, max_bytes: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let fault = self.schedule().draw_read();
            if let Err(end) = self.befall(&fault, None).await {
                return end;
            }
            let found = self.inner.backend.get(key, max_bytes).await?;
            Ok(match (fault, found) {
                (Some((Fault::Lie(lie), number)), Some(bytes)) => {
                    Some(self.schedule().lie(lie, number, key, bytes))
                }
                (_, found) => found,
            })
        })
    }

    fn set<'a>(&'a self, key: &'a str, bytes: Vec<u8>, ttl: Duration) -> BackendFuture<'a, ()> {
        Box::pin(async move {
            let fault = self.schedule().draw_write();
            if let Err(end) = self.befall(&fault, ()).await {
                return end;
            }
            self.schedule().remember(key, &bytes);
            self.inner.backend.set(key, bytes, ttl).await
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BackendFuture<'a, ()> {
        Box::pin(async move {
            let fault = self.schedule().draw_write();
            if let Err(end) = self.befall(&fault, ()).await {
                return end;
            }
            self.inner.backend.remove(key).await
        })
    }

    fn is_connected(&self) -> bool {
        self.inner.backend.is_connected()
    }
}

impl fmt::Debug for FaultyBackend {
    /// Leaves out the values it remembers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schedule = self.schedule();
        f.debug_struct("FaultyBackend")
            .field("faults", &schedule.faults)
            .field("injected", &schedule.injected)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::clock::SystemClock;

    const HOUR: Duration = Duration::from_hours(1);

    /// Returns a store with values under `a` and `b`.
    async fn store() -> FaultyBackend {
        let store = FaultyBackend::in_process(SystemClock);
        for key in ["a", "b"] {
            let value = format!("the value of {key}").into_bytes();
            store.set(key, value, HOUR).await.unwrap();
        }
        store
    }

    async fn get(store: &FaultyBackend, key: &str) -> String {
        let bytes = store.get(key, 100).await.unwrap().expect("it is stored");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn without_faults_it_is_the_store_that_it_wraps() {
        let store = store().await;

        assert_eq!(get(&store, "a").await, "the value of a");
        store.remove("a").await.unwrap();
        assert_eq!(store.get("a", 100).await.unwrap(), None);
        assert_eq!(store.injected(), 0);
    }

    /// Returns which of 200 reads fail.
    async fn failing_reads(faults: Faults) -> Vec<usize> {
        let store = store().await;
        store.inject(faults);
        let mut failing = Vec::new();
        for read in 0..200 {
            if store.get("a", 100).await.is_err() {
                failing.push(read);
            }
        }
        failing
    }

    #[tokio::test]
    async fn the_same_seed_gives_the_same_faults_and_another_seed_others() {
        let faults = |seed| Faults::seeded(seed).reads(0.3, Fault::Fail(Error::timeout()));

        let failing = failing_reads(faults(7)).await;

        assert!((30..=90).contains(&failing.len()), "{}", failing.len());
        assert_eq!(failing_reads(faults(7)).await, failing);
        assert_ne!(failing_reads(faults(8)).await, failing);
    }

    #[tokio::test]
    async fn writes_do_not_move_the_schedule_of_reads() {
        let faults = Faults::seeded(7).reads(0.3, Fault::Fail(Error::timeout()));
        let expected = failing_reads(faults.clone()).await;

        let store = store().await;
        store.inject(faults);
        let mut failing = Vec::new();
        for read in 0..200 {
            store.set("c", vec![1], HOUR).await.unwrap();
            if store.get("a", 100).await.is_err() {
                failing.push(read);
            }
        }

        assert_eq!(failing, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_delayed_call_takes_that_much_longer() {
        let store = store().await;
        store.inject(Faults::always(Fault::Delay(Duration::from_millis(20))));

        let began = Instant::now();
        assert_eq!(get(&store, "a").await, "the value of a");

        assert_eq!(began.elapsed(), Duration::from_millis(20));
    }

    #[tokio::test(start_paused = true)]
    async fn a_frozen_call_runs_when_the_store_is_healed() {
        let store = store().await;
        store.inject(Faults::always(Fault::Freeze));
        let mut write = store.set("a", b"new".to_vec(), HOUR);
        assert!(timeout(HOUR, &mut write).await.is_err());

        store.heal();

        write.await.unwrap();
        assert_eq!(get(&store, "a").await, "new");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_call_never_ends_and_changes_nothing() {
        let store = store().await;
        store.inject(Faults::always(Fault::Silence));
        let mut write = store.set("a", b"new".to_vec(), HOUR);
        assert!(timeout(HOUR, &mut write).await.is_err());

        store.heal();

        assert!(timeout(HOUR, &mut write).await.is_err());
        assert_eq!(get(&store, "a").await, "the value of a");
    }

    #[tokio::test]
    async fn a_lost_write_says_that_it_is_done() {
        let store = store().await;
        store.inject(Faults::none().writes(1.0, Fault::Lose));

        store.set("a", b"new".to_vec(), HOUR).await.unwrap();
        store.remove("b").await.unwrap();

        assert_eq!(get(&store, "a").await, "the value of a");
        assert_eq!(get(&store, "b").await, "the value of b");
        assert_eq!(store.injected(), 2);
    }

    #[tokio::test]
    async fn a_lie_is_never_the_truth() {
        let store = store().await;
        for lie in [Lie::Truncated, Lie::Flipped] {
            for seed in 0..100 {
                store.inject(Faults::seeded(seed).reads(1.0, Fault::Lie(lie)));
                assert_ne!(get(&store, "a").await, "the value of a");
            }
        }

        store.inject(Faults::always(Fault::Lie(Lie::AnotherKey)));
        assert_eq!(get(&store, "a").await, "the value of b");
        assert_eq!(get(&store, "b").await, "the value of a");
        assert_eq!(store.get("c", 100).await.unwrap(), None);
    }

    #[test]
    #[should_panic(expected = "at most 1 together")]
    fn more_faults_than_calls_are_refused() {
        let faults = Faults::none().reads(0.6, Fault::Freeze);
        let _ = faults.reads(0.6, Fault::Lose);
    }
}
