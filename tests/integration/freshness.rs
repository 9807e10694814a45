//! What is served beyond a value's lifetime and what is computed within it, and for how long.

use std::time::Duration;

use cached_runtime::{Cache, ManualClock, Outcome, Stale, Stored, redis_cached, refresh};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::origin::Origin;
use cached_tests::redis::RedisServer;
use redis::Cmd;

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);
const TTL: Duration = Duration::from_mins(1);

const HIT: &str = "hit";
const MISS: &str = "miss";
const REVALIDATING: &str = "stale: revalidating";
const FAILED: &str = "stale: failed";

#[redis_cached(ttl = "1m", key = hash, skip(origin), stale_while_revalidate = "10s")]
async fn revalidated(key: u32, origin: Origin) -> Result<u32, String> {
    origin.ask().await
}

#[redis_cached(ttl = "1m", key = hash, skip(origin), stale_if_error = "30s")]
async fn forgiven(key: u32, origin: &Origin) -> Result<u32, String> {
    origin.ask().await
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    skip(origin),
    stale_if_error = "30s",
    err_ttl = "1s"
)]
async fn forgiven_once(key: u32, origin: &Origin) -> Result<u32, String> {
    origin.ask().await
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    skip(origin),
    stale_while_revalidate = "10s",
    stale_if_error = "30s"
)]
async fn both(key: u32, origin: Origin) -> Result<u32, String> {
    origin.ask().await
}

#[redis_cached(ttl = "1m", key = hash, skip(origin, clock), early = 100.0)]
async fn early(key: u32, origin: Origin, clock: ManualClock) -> Result<u32, String> {
    clock.advance(SECOND);
    origin.ask().await
}

/// Returns the output of a call in a cache, and what happened.
async fn call<F: Future>(cache: &Cache, call: F) -> (F::Output, &'static str) {
    let (output, outcome) = outcome(cache.scope(call)).await;
    let outcome = match outcome {
        Outcome::Hit { .. } => HIT,
        Outcome::Miss { .. } => MISS,
        Outcome::Stale {
            reason: Stale::Revalidating,
            ..
        } => REVALIDATING,
        Outcome::Stale {
            reason: Stale::Failed,
            ..
        } => FAILED,
        outcome => panic!("did not expect {outcome:?}"),
    };
    (output, outcome)
}

#[tokio::test]
async fn a_stale_value_is_served_at_once_and_computed_anew_behind() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, revalidated(7, origin.clone()));
    assert_eq!(get().await, (Ok(1), MISS));

    clock.advance(TTL);
    origin.block();
    assert_eq!(get().await, (Ok(1), REVALIDATING));
    origin.asked(2).await;
    assert_eq!(
        get().await,
        (Ok(1), REVALIDATING),
        "the function still runs"
    );
    origin.unblock();

    loop {
        match get().await {
            (Ok(1), REVALIDATING) => tokio::task::yield_now().await,
            answer => {
                assert_eq!(answer, (Ok(2), HIT));
                break;
            }
        }
    }
    assert_eq!(origin.runs(), 2);
}

#[tokio::test]
async fn many_calls_of_a_stale_value_compute_it_once() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, revalidated(7, origin.clone()));
    get().await.0.unwrap();
    clock.advance(TTL);
    origin.block();

    for _ in 0..50 {
        assert_eq!(get().await, (Ok(1), REVALIDATING));
    }

    origin.asked(2).await;
    assert_eq!(origin.runs(), 2);
}

#[tokio::test]
async fn a_value_is_served_stale_until_its_bound_and_not_one_millisecond_past_it() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    call(&cache, revalidated(7, origin.clone()))
        .await
        .0
        .unwrap();
    origin.fail();
    // Stored times are whole milliseconds, rounded down.
    clock.advance(TTL + Duration::from_millis(9_998));
    assert_eq!(
        call(&cache, revalidated(7, origin.clone())).await,
        (Ok(1), REVALIDATING)
    );
    clock.advance(2 * TICK);
    let (output, outcome) = call(&cache, revalidated(7, origin.clone())).await;
    assert_eq!((output.is_err(), outcome), (true, MISS));
}

#[tokio::test]
async fn a_failure_behind_a_stale_value_leaves_it_where_it_is() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, both(7, origin.clone()));
    get().await.0.unwrap();
    origin.fail();
    clock.advance(TTL);

    for run in 2..5 {
        assert_eq!(get().await, (Ok(1), REVALIDATING));
        origin.asked(run).await;
    }
    clock.advance(10 * SECOND);
    assert_eq!(get().await, (Ok(1), FAILED));
    origin.recover();
    assert!(matches!(get().await, (Ok(_), MISS)));
    assert!(matches!(get().await, (Ok(_), HIT)));
}

#[tokio::test]
async fn a_stale_value_stands_in_for_an_error_as_long_as_it_was_promised_at_its_write() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, forgiven(7, &origin));
    assert_eq!(get().await, (Ok(1), MISS));
    origin.fail();
    assert_eq!(get().await, (Ok(1), HIT), "fresh values need no function");

    clock.advance(TTL);
    for _ in 0..29 {
        assert_eq!(get().await, (Ok(1), FAILED), "each failure is tried anew");
        clock.advance(SECOND);
    }
    assert_eq!(origin.runs(), 30);
    clock.advance(SECOND);
    let (output, outcome) = get().await;
    assert_eq!((output.is_err(), outcome), (true, MISS));
}

#[tokio::test]
async fn a_function_that_recovers_replaces_its_stale_value() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, forgiven(7, &origin));
    get().await.0.unwrap();
    clock.advance(TTL + SECOND);
    origin.fail();
    assert_eq!(get().await, (Ok(1), FAILED));

    origin.recover();

    assert_eq!(get().await, (Ok(3), MISS));
    assert_eq!(get().await, (Ok(3), HIT));
}

#[tokio::test]
async fn an_error_is_not_stored_over_a_value_that_can_still_be_served() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, forgiven_once(7, &origin));
    get().await.0.unwrap();
    clock.advance(TTL);
    origin.fail();

    assert_eq!(get().await, (Ok(1), FAILED));
    assert_eq!(get().await, (Ok(1), FAILED));

    clock.advance(30 * SECOND);
    assert!(matches!(get().await, (Err(_), MISS)));
    assert!(
        matches!(get().await, (Err(_), HIT)),
        "past the bound the error is stored"
    );
}

#[tokio::test]
async fn an_early_refresh_computes_behind_a_fresh_value() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, early(7, origin.clone(), clock.clone()));
    assert_eq!(get().await, (Ok(1), MISS));

    // Never in the first four fifths of the lifetime.
    clock.advance(TTL.mul_f64(0.79));
    for _ in 0..100 {
        assert_eq!(get().await, (Ok(1), HIT));
    }
    assert_eq!(origin.runs(), 1);

    // It took a second, of which this eagerness makes more than is left, but for 1 % of the draws.
    clock.advance(TTL.mul_f64(0.2));
    let mut calls = 0;
    while origin.runs() == 1 {
        assert!(matches!(get().await, (Ok(_), HIT)));
        tokio::task::yield_now().await;
        calls += 1;
        assert!(calls < 1_000, "no call was early");
    }
    eventually(|| origin.runs() == 2).await;
}

#[tokio::test]
async fn redis_keeps_an_entry_as_long_as_it_may_be_served() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let origin = Origin::default();

    cache.scope(both(7, origin.clone())).await.unwrap();

    let [key] = &server.keys().await[..] else {
        panic!("one entry is stored");
    };
    let millis: u64 = server.query(Cmd::pttl(key)).await;
    assert!((80_000..=90_000).contains(&millis), "{millis} ms");
}

#[tokio::test]
async fn lifetimes_are_shortened_by_up_to_a_tenth_each_its_own() {
    let server = RedisServer::start().await;
    let clock = ManualClock::new();
    let builder = cache::builder(&server).jitter(0.1);
    let cache = builder.clock(clock.clone()).build().await.unwrap();
    let origin = Origin::default();

    let mut lifetimes = Vec::new();
    for key in 0..100 {
        cache.scope(forgiven(key, &origin)).await.unwrap();
        let (_, outcome) = outcome(cache.scope(forgiven(key, &origin))).await;
        let Outcome::Hit { ttl, .. } = outcome else {
            panic!("expected a hit, got {outcome:?}");
        };
        lifetimes.push(ttl);
    }

    assert!(
        lifetimes
            .iter()
            .all(|ttl| (TTL.mul_f64(0.9)..=TTL).contains(&(*ttl + TICK)))
    );
    lifetimes.sort();
    lifetimes.dedup();
    assert!(lifetimes.len() > 90, "they expire at different times");
    // The same call lives as long everywhere.
    let elsewhere = cache::builder(&server).namespace("test").jitter(0.1);
    let elsewhere = elsewhere.clock(clock).build().await.unwrap();
    let lifetime = |cache: Cache| async move {
        let origin = Origin::default();
        let (_, stored) = outcome(cache.scope(cached_runtime::refresh(forgiven(7, &origin)))).await;
        assert!(matches!(
            stored,
            Outcome::Miss {
                stored: Stored::Yes,
                ..
            }
        ));
        match outcome(cache.scope(forgiven(7, &origin))).await.1 {
            Outcome::Hit { ttl, .. } => ttl,
            outcome => panic!("expected a hit, got {outcome:?}"),
        }
    };
    assert_eq!(lifetime(cache).await, lifetime(elsewhere).await);
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_value_and_what_stands_in_for_errors() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    let get = || call(&cache, forgiven_once(7, &origin));
    assert_eq!(get().await, (Ok(1), MISS));
    origin.fail();

    let (output, outcome) = outcome(cache.scope(refresh(forgiven_once(7, &origin)))).await;
    assert!(output.is_err());
    let not_admitted = Stored::NotAdmitted;
    assert!(matches!(outcome, Outcome::Miss { stored, .. } if stored == not_admitted));

    assert_eq!(get().await, (Ok(1), HIT));
    clock.advance(TTL);
    assert_eq!(get().await, (Ok(1), FAILED));
}
