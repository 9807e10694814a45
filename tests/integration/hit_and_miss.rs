//! What is stored, for how long, and for whom.

use std::fmt::Debug;
use std::time::Duration;

use cached_runtime::{Bypass, Cache, Outcome, Stored, redis_cached};
use cached_tests::cache::{self, Source, outcome};
use cached_tests::redis::RedisServer;

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source))]
async fn double(number: f64, cache: &Cache, source: &Source) -> f64 {
    source.run();
    number * 2.0
}

/// A failure that can be neither stored nor copied.
#[derive(Debug, PartialEq)]
struct Failure(u32);

type Fallible<T> = std::result::Result<T, Failure>;

/// Fails on its first run, finds nothing on its second and a name on its third.
#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source))]
async fn find(id: u64, cache: &Cache, source: &Source) -> Fallible<Option<String>> {
    match source.run() {
        run @ 1 => Err(Failure(run)),
        2 => Ok(None),
        _ => Ok(Some(format!("user {id}"))),
    }
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn large(bytes: usize, cache: &Cache) -> Vec<u8> {
    vec![7; bytes]
}

async fn is_hit<F: Future<Output: Debug>>(call: F) -> bool {
    matches!(outcome(call).await.1, Outcome::Hit { .. })
}

#[tokio::test]
async fn a_second_call_is_a_hit_with_the_same_value() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    let (first, missed) = outcome(double(0.1, &cache, &source)).await;
    let (second, hit) = outcome(double(0.1, &cache, &source)).await;

    assert!(
        matches!(
            missed,
            Outcome::Miss {
                stored: Stored::Yes,
                ..
            }
        ),
        "{missed:?}"
    );
    let Outcome::Hit { ttl, .. } = hit else {
        panic!("expected a hit, got {hit:?}");
    };
    // Entries keep their deadline in whole milliseconds, rounded down.
    assert_eq!(ttl.as_secs(), 3_599);
    assert_eq!(first.to_bits(), second.to_bits());
    assert_eq!(source.runs(), 1);
}

#[tokio::test]
async fn other_arguments_are_other_entries() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    double(1.0, &cache, &source).await;

    assert!(!is_hit(double(2.0, &cache, &source)).await);
    assert!(is_hit(double(1.0, &cache, &source)).await);
}

#[tokio::test]
async fn a_value_is_not_served_at_its_deadline() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let source = Source::default();
    double(1.0, &cache, &source).await;

    // A millisecond for the rounding of the stored deadline.
    clock.advance(Duration::from_hours(1) - Duration::from_millis(2));
    assert!(is_hit(double(1.0, &cache, &source)).await);
    clock.advance(Duration::from_millis(2));
    assert!(!is_hit(double(1.0, &cache, &source)).await);
    assert!(
        is_hit(double(1.0, &cache, &source)).await,
        "the new value is stored"
    );
}

#[tokio::test]
async fn redis_itself_forgets_the_value_after_its_ttl() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    double(1.0, &cache, &Source::default()).await;

    let key = server.keys().await.pop().expect("one value is stored");
    let mut pttl = redis::cmd("PTTL");
    pttl.arg(key);
    let millis: i64 = server.query(pttl).await;

    assert!((3_500_000..=3_600_000).contains(&millis), "{millis}");
}

#[tokio::test]
async fn errors_and_absences_are_returned_and_not_stored() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    let (failed, outcome_of_failure) = outcome(find(7, &cache, &source)).await;
    assert_eq!(failed, Err(Failure(1)));
    let not_admitted = |outcome| {
        matches!(
            outcome,
            Outcome::Miss {
                stored: Stored::NotAdmitted,
                ..
            }
        )
    };
    assert!(not_admitted(outcome_of_failure));

    let (absent, outcome_of_absence) = outcome(find(7, &cache, &source)).await;
    assert_eq!(absent, Ok(None));
    assert!(not_admitted(outcome_of_absence));
    assert!(server.keys().await.is_empty());

    find(7, &cache, &source).await.unwrap();
    assert_eq!(
        find(7, &cache, &source).await,
        Ok(Some("user 7".to_owned()))
    );
    assert_eq!(source.runs(), 3);
}

#[tokio::test]
async fn a_nan_bypasses_the_cache() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    let (value, bypassed) = outcome(double(f64::NAN, &cache, &Source::default())).await;

    assert!(value.is_nan());
    assert!(matches!(
        bypassed,
        Outcome::Bypass {
            reason: Bypass::Unkeyable,
            ..
        }
    ));
    assert!(server.keys().await.is_empty());
}

#[tokio::test]
async fn negative_zero_and_zero_share_an_entry() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    double(0.0, &cache, &source).await;

    assert!(is_hit(double(-0.0, &cache, &source)).await);
}

#[tokio::test]
async fn a_value_above_the_limit_is_returned_and_not_stored() {
    let server = RedisServer::start().await;
    let cache = cache::builder(&server)
        .max_value_bytes(1_000)
        .build()
        .await
        .unwrap();

    let (value, missed) = outcome(large(1_000, &cache)).await;

    assert_eq!(value.len(), 1_000);
    assert!(
        matches!(
            missed,
            Outcome::Miss {
                stored: Stored::TooLarge,
                ..
            }
        ),
        "{missed:?}"
    );
    assert!(server.keys().await.is_empty());
}

#[tokio::test]
async fn two_processes_with_one_secret_share_entries() {
    let server = RedisServer::start().await;
    let (one, _) = cache::cache(&server).await;
    let (other, _) = cache::cache(&server).await;
    let source = Source::default();

    double(1.0, &one, &source).await;

    assert!(is_hit(double(1.0, &other, &source)).await);
}

#[tokio::test]
async fn a_call_uses_the_cache_of_its_task_and_runs_without_one() {
    #[redis_cached(ttl = "1h", key = hash)]
    async fn triple(number: u32) -> u32 {
        number * 3
    }
    let cache = Cache::builder().build().await.unwrap();

    let (_, alone) = outcome(triple(2)).await;
    assert!(
        matches!(
            alone,
            Outcome::Bypass {
                reason: Bypass::NotInstalled,
                ..
            }
        ),
        "{alone:?}"
    );
    assert!(!is_hit(cache.scope(triple(2))).await);
    assert!(is_hit(cache.scope(triple(2))).await);
}

#[tokio::test]
async fn a_cache_in_the_process_behaves_as_redis_does() {
    let cache = Cache::builder().build().await.unwrap();
    let source = Source::default();

    assert!(!is_hit(double(1.0, &cache, &source)).await);
    assert!(is_hit(double(1.0, &cache, &source)).await);
    assert_eq!(source.runs(), 1);
}

#[tokio::test]
async fn a_disabled_cache_is_bypassed() {
    let source = Source::default();

    let (_, bypassed) = outcome(double(1.0, &Cache::disabled(), &source)).await;

    assert!(matches!(
        bypassed,
        Outcome::Bypass {
            reason: Bypass::Disabled,
            ..
        }
    ));
    assert_eq!(source.runs(), 1);
}
