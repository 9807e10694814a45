//! What was being computed or written when a call was invalidated or refreshed is gone afterwards.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cached_runtime::{
    Backend, BackendFuture, Cache, Error, Outcome, Stored, invalidate, peek, redis_cached, refresh,
};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, yield_now};

use super::{both, in_process};

/// Returns at the gate's word.
#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, gate))]
async fn slow(id: u64, cache: &Cache, gate: &Gate) -> u64 {
    gate.pass().await;
    id
}

/// Holds up whoever passes until it is released.
struct Gate {
    arrived: Semaphore,
    released: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        let [arrived, released] = [Semaphore::new(0), Semaphore::new(0)];
        Self { arrived, released }
    }
}

impl Gate {
    async fn pass(&self) {
        self.arrived.add_permits(1);
        self.released.acquire().await.unwrap().forget();
    }

    /// Waits until one more has arrived.
    async fn arrived(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }

    /// Lets so many pass.
    fn release(&self, count: usize) {
        self.released.add_permits(count);
    }
}

/// A store whose writes arrive when its gate is released.
#[derive(Clone, Default)]
struct SlowStore {
    entries: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    writes: Arc<Gate>,
}

impl SlowStore {
    async fn cache(&self) -> Cache {
        let builder = Cache::builder().backend(self.clone());
        builder.key_secret(cache::secret()).build().await.unwrap()
    }

    fn is_empty(&self) -> bool {
        self.entries.lock().unwrap().is_empty()
    }
}

impl Backend for SlowStore {
    fn get<'a>(&'a self, key: &'a str, _: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move { Ok(self.entries.lock().unwrap().get(key).cloned()) })
    }

    fn set<'a>(&'a self, key: &'a str, bytes: Vec<u8>, _: Duration) -> BackendFuture<'a, ()> {
        Box::pin(async move {
            self.writes.pass().await;
            self.entries.lock().unwrap().insert(key.to_owned(), bytes);
            Ok(())
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BackendFuture<'a, ()> {
        Box::pin(async move {
            self.entries.lock().unwrap().remove(key);
            Ok(())
        })
    }

    fn is_connected(&self) -> bool {
        true
    }
}

/// Makes a call of `slow` in the background and waits until it computes.
async fn begin_slow(cache: &Cache, gate: &Arc<Gate>) -> JoinHandle<(u64, Outcome)> {
    let (cache, at) = (cache.clone(), Arc::clone(gate));
    let call = tokio::spawn(async move { outcome(slow(7, &cache, &at)).await });
    gate.arrived().await;
    call
}

/// Returns what became of the value of a call that missed.
async fn stored(call: JoinHandle<(u64, Outcome)>) -> Stored {
    match call.await.unwrap() {
        (7, Outcome::Miss { stored, .. }) => stored,
        other => panic!("expected a miss, got {other:?}"),
    }
}

#[tokio::test]
async fn a_computation_that_began_before_an_invalidation_is_not_stored() {
    let server = RedisServer::start().await;
    for cache in both(&server).await {
        let gate = Arc::default();
        let before = begin_slow(&cache, &gate).await;

        invalidate(slow(7, &cache, &gate)).await.unwrap();
        let after = begin_slow(&cache, &gate).await;
        gate.release(1);
        assert_eq!(stored(before).await, Stored::Invalidated);
        assert_eq!(peek(slow(7, &cache, &gate)).await.unwrap(), None);

        gate.release(1);
        assert_eq!(stored(after).await, Stored::Yes);
        assert_eq!(peek(slow(7, &cache, &gate)).await.unwrap(), Some(7));
    }
}

#[tokio::test]
async fn a_computation_of_other_arguments_is_stored_all_the_same() {
    let cache = in_process().await;
    let gate = Arc::default();
    let computing = begin_slow(&cache, &gate).await;

    invalidate(slow(8, &cache, &gate)).await.unwrap();
    gate.release(1);

    assert_eq!(stored(computing).await, Stored::Yes);
}

#[tokio::test]
async fn a_computation_that_began_before_a_refresh_does_not_replace_its_value() {
    let cache = in_process().await;
    let gate = Arc::default();
    let before = begin_slow(&cache, &gate).await;

    let refreshing = outcome(refresh(slow(7, &cache, &gate)));
    let ((_, refreshed), ()) = tokio::join!(refreshing, async {
        gate.arrived().await;
        gate.release(2);
    });

    assert_eq!(stored(before).await, Stored::Invalidated);
    assert!(matches!(
        refreshed,
        Outcome::Miss {
            stored: Stored::Yes,
            ..
        }
    ));
}

#[tokio::test]
async fn an_invalidation_waits_for_a_write_under_way_and_removes_what_it_stored() {
    let store = SlowStore::default();
    let cache = store.cache().await;
    let gate = Arc::default();
    let writing = begin_slow(&cache, &gate).await;
    gate.release(1);
    store.writes.arrived().await;

    let mut invalidation = pin!(invalidate(slow(7, &cache, &gate)));
    tokio::select! {
        biased;
        done = &mut invalidation => panic!("it did not wait for the write: {done:?}"),
        () = yield_now() => {}
    }
    store.writes.release(1);

    invalidation.await.unwrap();
    assert!(store.is_empty());
    assert_eq!(stored(writing).await, Stored::Invalidated);
}

#[tokio::test]
async fn dropped_calls_hold_up_no_invalidation() {
    let store = SlowStore::default();
    let cache = store.cache().await;
    let gate = Arc::default();

    let computing = begin_slow(&cache, &gate).await;
    computing.abort();
    assert!(computing.await.unwrap_err().is_cancelled());
    invalidate(slow(7, &cache, &gate)).await.unwrap();

    let writing = begin_slow(&cache, &gate).await;
    gate.release(1);
    store.writes.arrived().await;
    let (invalidated, ()) = tokio::join!(invalidate(slow(7, &cache, &gate)), async {
        writing.abort();
    });
    invalidated.unwrap();
    assert!(store.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_gives_up_on_a_write_that_nobody_polls() {
    let store = SlowStore::default();
    let cache = store.cache().await;
    let gate = Gate::default();
    gate.release(1);
    let mut unpolled = pin!(slow(7, &cache, &gate));
    tokio::select! {
        _ = &mut unpolled => panic!("its write is held up"),
        () = store.writes.arrived() => {}
    }

    let error: Error = invalidate(slow(7, &cache, &gate)).await.unwrap_err();

    assert!(error.is_timeout());
}
