//! A function that fails, with and without stale values to serve in its place.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cached_runtime::{Cache, Outcome, Stale, redis_cached};
use cached_tests::cache::{self, outcome};
use cached_tests::faults::ours::Ours;
use cached_tests::faults::{Plan, run_failing};
use cached_tests::redis::RedisServer;

const SECOND: Duration = Duration::from_secs(1);

#[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache, is_failing), stale_if_error = "15m")]
async fn price(article: u32, is_failing: &AtomicBool, cache: &Cache) -> Result<u32, &'static str> {
    if is_failing.load(Ordering::Relaxed) {
        return Err("the function fails");
    }
    Ok(article * 100)
}

#[tokio::test]
async fn a_function_that_fails_for_ten_minutes_is_covered_by_stale_values() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let is_failing = AtomicBool::new(false);
    price(7, &is_failing, &cache).await.unwrap();

    is_failing.store(true, Ordering::Relaxed);
    for second in 1..=600 {
        clock.advance(SECOND);
        let (value, outcome) = outcome(price(7, &is_failing, &cache)).await;
        assert_eq!(value, Ok(700), "second {second}");
        if second < 60 {
            assert!(matches!(outcome, Outcome::Hit { .. }), "{outcome:?}");
        } else {
            let late = SECOND * (second - 60);
            let Outcome::Stale {
                reason, late: of, ..
            } = outcome
            else {
                panic!("second {second}: {outcome:?}");
            };
            // Times are stored to the millisecond.
            let off = of.abs_diff(late);
            assert!(
                reason == Stale::Failed && off <= Duration::from_millis(1),
                "{outcome:?}"
            );
        }
    }

    is_failing.store(false, Ordering::Relaxed);
    clock.advance(SECOND);
    let (value, outcome) = outcome(price(7, &is_failing, &cache)).await;
    assert_eq!(value, Ok(700));
    assert!(matches!(outcome, Outcome::Miss { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_stale_value_is_not_served_past_its_bound() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let is_failing = AtomicBool::new(false);
    price(7, &is_failing, &cache).await.unwrap();
    is_failing.store(true, Ordering::Relaxed);

    clock.advance(SECOND * (60 * 16 - 1) + Duration::from_millis(998));
    price(7, &is_failing, &cache).await.unwrap();
    clock.advance(Duration::from_millis(2));

    price(7, &is_failing, &cache).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_the_errors_of_a_function_reach_nobody_where_stale_values_may_be_served() {
    let plan = Plan {
        during: SECOND * 3,
        ..Plan::short()
    };
    let (without, with) = tokio::join!(
        run_failing(&Ours::ShortLived, plan),
        run_failing(&Ours::StaleIfError, plan)
    );

    let (without, with) = (without.figures, with.figures);
    assert!(without.failed > 0, "{without:?}");
    assert_eq!((with.failed, with.wrong, with.hung), (0, 0, 0), "{with:?}");
    assert!(with.outcomes["stale, failed"] > 0, "{with:?}");
}
