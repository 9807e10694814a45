//! A store of the user's own that does everything wrong.

use std::time::Duration;

use cached_runtime::testing::{Fault, Faults, FaultyBackend, Lie};
use cached_runtime::{Cache, Error, SystemClock, redis_cached};
use cached_tests::cache::secret;
use tokio::time::{Instant, timeout};

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn double(number: u64, cache: &Cache) -> u64 {
    number * 2
}

async fn cache() -> (Cache, FaultyBackend) {
    let store = FaultyBackend::in_process(SystemClock);
    let builder = Cache::builder().backend(store.clone());
    let cache = builder.key_secret(secret()).build().await.unwrap();
    (cache, store)
}

#[tokio::test(start_paused = true)]
async fn whatever_a_store_does_by_chance_every_call_gets_its_value() {
    for seed in 0..20 {
        let (cache, store) = cache().await;
        let faults = Faults::seeded(seed)
            .reads(0.1, Fault::Delay(Duration::from_millis(20)))
            .reads(0.1, Fault::Fail(Error::server("LOADING")))
            .reads(0.1, Fault::Fail(Error::disconnected("gone")))
            .reads(0.1, Fault::Lie(Lie::Truncated))
            .reads(0.1, Fault::Lie(Lie::Flipped))
            .reads(0.1, Fault::Lie(Lie::AnotherKey))
            .reads(0.1, Fault::Lose)
            .writes(0.2, Fault::Lose)
            .writes(0.2, Fault::Fail(Error::server("OOM")))
            .writes(0.2, Fault::Delay(Duration::from_millis(20)));
        store.inject(faults);

        for call in 0..200 {
            assert_eq!(
                double(call % 7, &cache).await,
                call % 7 * 2,
                "seed {seed}, call {call}"
            );
        }
        assert!(store.injected() > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_breaks_its_promise_and_never_answers_holds_up_nobody_for_long() {
    for fault in [Fault::Freeze, Fault::Silence] {
        let (cache, store) = cache().await;
        store.inject(Faults::always(fault));

        for number in 0..5 {
            let began = Instant::now();
            let value = timeout(Duration::from_hours(1), double(number, &cache)).await;
            assert_eq!(value.expect("the call ends"), number * 2);
            assert!(
                began.elapsed() <= Duration::from_millis(200),
                "{:?}",
                began.elapsed()
            );
        }
    }
}
