//! What a function may take: time, places to run, bytes; and what its callers get instead.

use std::time::{Duration, Instant};

use cached_runtime::testing::{Fault, FaultProxy, Faults, FaultyBackend, Wire};
use cached_runtime::{
    BreakerState, Bypass, Cache, ManualClock, Outcome, Refusal, Stale, Stored, invalidate, peek,
    redis_cached, uncached,
};
use cached_tests::cache::{self, outcome};
use cached_tests::origin::Origin;
use cached_tests::redis::RedisServer;

const TTL: Duration = Duration::from_mins(1);

/// What the functions of these tests return for an error.
#[derive(Debug)]
enum Failure {
    Origin,
    Refused(Refusal),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    skip(origin),
    name = "limits::slow",
    stale_if_error = "10s",
    timeout(soft = "20ms", hard = "1h")
)]
async fn slow(key: u32, origin: Origin) -> Result<u32, Failure> {
    origin.ask().await.map_err(|_| Failure::Origin)
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    skip(origin),
    name = "limits::bounded",
    stale_if_error = "10s",
    timeout = "20ms"
)]
async fn bounded(key: u32, origin: &Origin) -> Result<u32, Failure> {
    origin.ask().await.map_err(|_| Failure::Origin)
}

/// Returns a cache over a store that can be made to fail, and the clock of both.
async fn faulty_cache() -> (Cache, FaultyBackend, ManualClock) {
    let clock = ManualClock::new();
    let store = FaultyBackend::in_process(clock.clone());
    let builder = Cache::builder().backend(store.clone());
    let builder = builder.key_secret(cache::secret()).jitter(0.0);
    let cache = builder.clock(clock.clone()).build().await.unwrap();
    (cache, store, clock)
}

fn stored(outcome: Outcome) -> Stored {
    match outcome {
        Outcome::Miss { stored, .. } => stored,
        outcome => panic!("expected a miss, got {outcome:?}"),
    }
}

fn stale(outcome: Outcome) -> Stale {
    match outcome {
        Outcome::Stale { reason, .. } => reason,
        outcome => panic!("expected a stale value, got {outcome:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(output: Result<T, Failure>) -> Refusal {
    match output {
        Err(Failure::Refused(refusal)) => refusal,
        output => panic!("expected a refusal, got {output:?}"),
    }
}

#[tokio::test]
async fn a_stale_value_is_served_after_the_soft_timeout_while_the_function_goes_on() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::prompt_cache(&server).await;
    let origin = Origin::default();
    let get = || outcome(cache.scope(slow(7, origin.clone())));
    get().await.0.unwrap();
    clock.advance(TTL);
    origin.block();

    let (value, answer) = get().await;
    assert_eq!((value.unwrap(), stale(answer)), (1, Stale::SoftTimeout));
    assert_eq!(origin.runs(), 2);
    origin.unblock();

    loop {
        let (value, answer) = get().await;
        if let Outcome::Hit { .. } = answer {
            assert_eq!(value.unwrap(), 2, "the function went on and filled");
            break;
        }
    }
    assert_eq!(origin.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_stale_value_a_soft_timeout_waits_for_the_function() {
    let cache = Cache::builder().build().await.unwrap();
    let origin = Origin::default();
    origin.block();
    let call = tokio::spawn({
        let (cache, origin) = (cache.clone(), origin.clone());
        async move { outcome(cache.scope(slow(7, origin))).await }
    });
    origin.asked(1).await;
    // Long past the soft timeout, and not past the hard one.
    tokio::time::sleep(Duration::from_mins(30)).await;
    origin.unblock();

    let (value, missed) = call.await.unwrap();

    assert_eq!(value.unwrap(), 1);
    assert!(matches!(
        missed,
        Outcome::Miss {
            stored: Stored::Yes,
            ..
        }
    ));
}

#[tokio::test]
async fn a_function_that_takes_longer_than_its_hard_timeout_is_refused() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let origin = Origin::default();
    origin.block();

    let (output, missed) = outcome(cache.scope(bounded(7, &origin))).await;
    let refusal = refusal(output);
    assert!(refusal.is_timeout() && !refusal.is_overloaded());
    assert_eq!(
        refusal.to_string(),
        "`limits::bounded` did not return within 20ms"
    );
    assert!(matches!(
        missed,
        Outcome::Miss {
            stored: Stored::TimedOut,
            ..
        }
    ));

    origin.unblock();
    assert_eq!(cache.scope(bounded(7, &origin)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_hard_timeout_holds_without_a_cache_too() {
    let origin = Origin::default();
    origin.block();

    let off = Cache::disabled().scope(bounded(7, &origin)).await;
    assert!(refusal(off).is_timeout());
    assert!(refusal(uncached(bounded(7, &origin)).await).is_timeout());
}

#[tokio::test]
async fn a_stale_value_stands_in_for_a_function_past_its_hard_timeout() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::prompt_cache(&server).await;
    let origin = Origin::default();
    cache.scope(bounded(7, &origin)).await.unwrap();
    clock.advance(TTL);
    origin.block();

    let (value, answer) = outcome(cache.scope(bounded(7, &origin))).await;

    assert_eq!((value.unwrap(), stale(answer)), (1, Stale::HardTimeout));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_takes_no_value_does_not_count_against_the_time_of_the_function() {
    let (cache, store, clock) = faulty_cache().await;
    let origin = Origin::default();
    store.inject(Faults::none().writes(1.0, Fault::Freeze));

    let (value, missed) = outcome(cache.scope(bounded(7, &origin))).await;
    assert_eq!((value.unwrap(), stored(missed)), (1, Stored::WriteFailed));

    store.heal();
    cache.scope(slow(7, origin.clone())).await.unwrap();
    clock.advance(TTL);
    store.inject(Faults::none().writes(1.0, Fault::Freeze));
    let (value, missed) = outcome(cache.scope(slow(7, origin))).await;
    assert_eq!((value.unwrap(), stored(missed)), (3, Stored::WriteFailed));
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    skip(origin),
    name = "limits::crowded",
    stale_if_error = "10s",
    max_concurrency = 2
)]
async fn crowded(key: u32, origin: &Origin) -> Result<u32, Failure> {
    origin.ask().await.map_err(|_| Failure::Origin)
}

#[tokio::test]
async fn calls_beyond_the_concurrency_of_a_function_are_refused_or_served_stale() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::prompt_cache(&server).await;
    let origin = Origin::default();
    cache.scope(crowded(0, &origin)).await.unwrap();
    clock.advance(TTL);
    origin.block();
    let spawn = |key| {
        let (cache, origin) = (cache.clone(), origin.clone());
        tokio::spawn(async move { cache.scope(crowded(key, &origin)).await })
    };
    let running = [spawn(1), spawn(2)];
    origin.asked(3).await;

    let (output, missed) = outcome(cache.scope(crowded(3, &origin))).await;
    let refusal = refusal(output);
    assert!(refusal.is_overloaded() && !refusal.is_timeout());
    assert_eq!(refusal.function(), "limits::crowded");
    assert!(matches!(
        missed,
        Outcome::Miss {
            stored: Stored::Overloaded,
            ..
        }
    ));
    let (value, answer) = outcome(cache.scope(crowded(0, &origin))).await;
    assert_eq!((value.unwrap(), stale(answer)), (1, Stale::Overloaded));

    // A call that is dropped makes room.
    let [dropped, other] = running;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    let next = spawn(4);
    origin.asked(4).await;
    origin.unblock();
    next.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    assert_eq!(origin.most_running(), 2);
}

#[redis_cached(ttl = "1m", key = hash, max_value_bytes = 100)]
async fn text(bytes: usize) -> String {
    "x".repeat(bytes)
}

#[tokio::test]
async fn a_function_stores_no_more_than_its_own_limit() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let stored = |bytes| {
        let call = cache.scope(text(bytes));
        async {
            match outcome(call).await.1 {
                Outcome::Miss { stored, .. } => stored,
                outcome => panic!("expected a miss, got {outcome:?}"),
            }
        }
    };

    assert_eq!(stored(90).await, Stored::Yes);
    assert_eq!(stored(110).await, Stored::TooLarge);
}

#[redis_cached(ttl = "1m", key = hash, read_timeout = "5ms", write_timeout = "5ms")]
async fn hasty(key: u32) -> u32 {
    key
}

#[tokio::test]
async fn a_function_waits_for_a_frozen_redis_no_longer_than_its_own_timeout() {
    let server = RedisServer::start().await;
    // The cache itself would wait for ten seconds.
    let builder = cache::prompt_builder(&server).read_timeout(Duration::from_secs(10));
    let cache = builder.build().await.unwrap();
    server.freeze();

    let began = Instant::now();
    let (value, outcome) = outcome(cache.scope(hasty(7))).await;

    assert_eq!(value, 7);
    assert!(
        matches!(
            outcome,
            Outcome::Bypass {
                reason: Bypass::Timeout,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[redis_cached(ttl = "1m", key = hash, skip(origin), flight = off)]
async fn alone(key: u32, origin: Origin) -> Result<u32, String> {
    origin.ask().await
}

#[tokio::test]
async fn without_a_flight_every_call_computes() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let origin = Origin::default();
    origin.block();
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let (cache, origin) = (cache.clone(), origin.clone());
            tokio::spawn(async move { cache.scope(alone(7, origin)).await })
        })
        .collect();

    origin.asked(3).await;
    origin.unblock();

    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[redis_cached(ttl = "1m", key = hash)]
async fn plain(key: u32) -> u32 {
    key
}

#[tokio::test]
async fn a_slow_read_leaves_so_much_less_to_the_write() {
    let server = RedisServer::start().await;
    let proxy = FaultProxy::start(format!("127.0.0.1:{}", server.port())).unwrap();
    let longest = Duration::from_millis(900);
    let builder = cache::prompt_builder(&server)
        .redis(format!("redis://{}", proxy.address()))
        .read_timeout(longest)
        .write_timeout(longest);
    let cache = builder.build().await.unwrap();
    cache.scope(plain(1)).await;
    proxy.set(Wire::Delay(Duration::from_millis(500))).await;

    let (value, outcome) = outcome(cache.scope(plain(7))).await;

    assert_eq!(value, 7);
    assert!(
        matches!(
            outcome,
            Outcome::Miss {
                stored: Stored::WriteFailed,
                ..
            }
        ),
        "the write alone would be in time: {outcome:?}"
    );
}

#[redis_cached(ttl = "1m", key = hash, read_timeout = "20ms")]
async fn read_hastily(key: u32) -> u32 {
    key
}

#[redis_cached(ttl = "1m", key = hash, write_timeout = "20ms")]
async fn written_hastily(key: u32) -> u32 {
    key
}

/// Returns what the breaker does with reads and with writes after 30 calls of `call` over a store with
/// these faults.
async fn breaker_after<F: Future>(
    faults: Faults,
    call: impl Fn(u32) -> F,
) -> (BreakerState, BreakerState) {
    let (cache, store, _) = faulty_cache().await;
    store.inject(faults);
    for key in 0..30 {
        cache.scope(call(key)).await;
    }
    // What a call has not waited for ends within the cache's own deadline.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let states = cache.breaker().unwrap();
    (states.read, states.write)
}

#[tokio::test(start_paused = true)]
async fn the_breaker_learns_how_slow_the_store_is_from_calls_that_do_not_wait_for_it() {
    let slow = Fault::Delay(Duration::from_millis(120));
    let reads = Faults::none().reads(1.0, slow.clone());
    let writes = Faults::none().writes(1.0, slow);

    let (read, write) = breaker_after(reads, read_hastily).await;
    assert_eq!((read, write), (BreakerState::Open, BreakerState::Closed));
    let (read, write) = breaker_after(writes, written_hastily).await;
    assert_eq!((read, write), (BreakerState::Closed, BreakerState::Open));
}

#[tokio::test(start_paused = true)]
async fn a_function_in_haste_does_not_cut_others_off_from_a_sound_store() {
    let sound = Fault::Delay(Duration::from_millis(30));
    let reads = Faults::none().reads(1.0, sound.clone());
    let writes = Faults::none().writes(1.0, sound);
    let closed = (BreakerState::Closed, BreakerState::Closed);

    assert_eq!(breaker_after(reads, read_hastily).await, closed);
    assert_eq!(breaker_after(writes, written_hastily).await, closed);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_says_nothing_of_the_store() {
    let faults = Faults::always(Fault::Delay(Duration::from_millis(120)));
    let dropped = |key| tokio::time::timeout(Duration::from_millis(5), read_hastily(key));

    let states = breaker_after(faults, dropped).await;

    assert_eq!(states, (BreakerState::Closed, BreakerState::Closed));
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_reaches_a_write_that_its_call_has_not_waited_for() {
    let (cache, store, _) = faulty_cache().await;
    store.inject(Faults::none().writes(1.0, Fault::Freeze));
    let (_, missed) = outcome(cache.scope(written_hastily(7))).await;
    assert_eq!(stored(missed), Stored::WriteFailed);

    let thaw = async {
        tokio::task::yield_now().await;
        store.heal();
    };
    let (invalidated, ()) = tokio::join!(cache.scope(invalidate(written_hastily(7))), thaw);

    invalidated.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(cache.scope(peek(written_hastily(7))).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_value_is_stored_although_its_call_has_not_waited_for_that() {
    let (cache, store, _) = faulty_cache().await;
    let late = Fault::Delay(Duration::from_millis(60));
    store.inject(Faults::none().writes(1.0, late));

    let (_, missed) = outcome(cache.scope(written_hastily(7))).await;
    assert_eq!(stored(missed), Stored::WriteFailed);
    tokio::time::sleep(Duration::from_secs(1)).await;

    let found = cache.scope(peek(written_hastily(7))).await.unwrap();
    assert_eq!(found, Some(7));
}
