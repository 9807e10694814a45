//! What the options of the attribute do: for how long, for whom, and which values are stored.

use std::time::Duration;

use cached_runtime::{Cache, ManualClock, Outcome, Stored, redis_cached};
use cached_tests::cache::{self, Source, outcome};
use cached_tests::redis::RedisServer;
use serde::{Deserialize, Serialize};

const SECOND: Duration = Duration::from_secs(1);

/// Makes a call in a cache, and returns true when its value was stored there.
async fn hits<F: Future>(cache: &Cache, call: F) -> bool {
    matches!(outcome(cache.scope(call)).await.1, Outcome::Hit { .. })
}

/// Checks that the value of a call is stored, and served for `ttl` and no longer.
async fn lives<F: Future>(cache: &Cache, clock: &ManualClock, ttl: Duration, call: impl Fn() -> F) {
    // For the rounding of stored deadlines to whole milliseconds.
    const ROUNDING: Duration = Duration::from_millis(2);
    let almost = ttl
        .checked_sub(ROUNDING)
        .expect("no test has so short a TTL");
    assert!(!hits(cache, call()).await, "stored before");
    clock.advance(almost);
    assert!(hits(cache, call()).await, "not served for {ttl:?}");
    clock.advance(ROUNDING);
    assert!(!hits(cache, call()).await, "served for longer than {ttl:?}");
}

/// Checks that nothing of a call is stored.
async fn is_not_stored<F: Future>(cache: &Cache, call: impl Fn() -> F) {
    for _ in 0..2 {
        let (_, outcome) = outcome(cache.scope(call())).await;
        let Outcome::Miss { stored, .. } = outcome else {
            panic!("expected a miss, got {outcome:?}");
        };
        assert_eq!(stored, Stored::NotAdmitted);
    }
}

#[redis_cached(ttl = SECOND * seconds, key = hash)]
async fn ttl_of_arguments(seconds: u32) -> u32 {
    seconds
}

#[tokio::test]
async fn a_ttl_is_worked_out_from_the_arguments() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;

    lives(&cache, &clock, SECOND * 10, || ttl_of_arguments(10)).await;
    lives(&cache, &clock, SECOND * 60, || ttl_of_arguments(60)).await;
}

#[tokio::test]
async fn a_ttl_of_zero_stores_nothing() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    is_not_stored(&cache, || ttl_of_arguments(0)).await;
    assert!(server.keys().await.is_empty());
}

#[derive(Serialize, Deserialize)]
struct Token {
    valid_for: Duration,
}

#[redis_cached(ttl = |token| token.valid_for, key = hash)]
async fn ttl_of_value(seconds: u64) -> Result<Token, String> {
    let valid_for = Duration::from_secs(seconds);
    Ok(Token { valid_for })
}

#[tokio::test]
async fn a_ttl_is_worked_out_from_the_value() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;

    lives(&cache, &clock, SECOND * 10, || ttl_of_value(10)).await;
    lives(&cache, &clock, SECOND * 60, || ttl_of_value(60)).await;
    is_not_stored(&cache, || ttl_of_value(0)).await;
}

#[redis_cached(ttl = "1m", key = hash, store_if = |words| words.len() > 1)]
async fn split(text: &str) -> Option<Vec<String>> {
    Some(text.split(' ').map(str::to_owned).collect())
}

#[tokio::test]
async fn only_values_that_store_if_admits_are_stored() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;

    lives(&cache, &clock, SECOND * 60, || split("a desk")).await;
    is_not_stored(&cache, || split("desk")).await;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Failure {
    NotFound,
    Busy,
}

/// Finds even numbers, fails as it is told to, and finds nothing else.
fn find(id: u64) -> Result<Option<u64>, Failure> {
    match id {
        404 => Err(Failure::NotFound),
        503 => Err(Failure::Busy),
        _ => Ok(id.is_multiple_of(2).then_some(id)),
    }
}

#[redis_cached(ttl = "1m", key = hash, none_ttl = "5s")]
async fn with_none_ttl(id: u64) -> Result<Option<u64>, Failure> {
    find(id)
}

#[redis_cached(ttl = "1m", key = hash, none_ttl = "5s")]
async fn optional_with_none_ttl(id: u64) -> Option<u64> {
    find(id).ok()?
}

#[tokio::test]
async fn an_absence_lives_for_its_own_time() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;

    lives(&cache, &clock, SECOND * 60, || with_none_ttl(2)).await;
    lives(&cache, &clock, SECOND * 5, || with_none_ttl(3)).await;
    lives(&cache, &clock, SECOND * 5, || optional_with_none_ttl(3)).await;
    is_not_stored(&cache, || with_none_ttl(404)).await;
    assert_eq!(cache.scope(with_none_ttl(3)).await, Ok(None));
}

#[redis_cached(ttl = "1m", key = hash, err_ttl = "5s")]
async fn with_err_ttl(id: u64) -> Result<Option<u64>, Failure> {
    find(id)
}

#[tokio::test]
async fn an_error_lives_for_its_own_time() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;

    lives(&cache, &clock, SECOND * 60, || with_err_ttl(2)).await;
    lives(&cache, &clock, SECOND * 5, || with_err_ttl(404)).await;
    is_not_stored(&cache, || with_err_ttl(3)).await;

    let (stored, outcome) = outcome(cache.scope(with_err_ttl(404))).await;
    assert!(matches!(outcome, Outcome::Hit { .. }), "{outcome:?}");
    assert_eq!(stored, Err(Failure::NotFound));
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    none_ttl = "10s",
    err_ttl = |failure| (*failure == Failure::NotFound).then_some(SECOND * 5)
)]
async fn with_both(id: u64) -> Result<Option<u64>, Failure> {
    find(id)
}

#[tokio::test]
async fn a_condition_says_which_errors_are_stored() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;

    lives(&cache, &clock, SECOND * 60, || with_both(2)).await;
    lives(&cache, &clock, SECOND * 10, || with_both(3)).await;
    lives(&cache, &clock, SECOND * 5, || with_both(404)).await;
    is_not_stored(&cache, || with_both(503)).await;
}

struct Request {
    user: u64,
    lang: String,
    trace: u64,
}

#[redis_cached(ttl = "1m", key = (request.user, request.lang.as_str(), page / 10), skip(source))]
async fn by_tuple(request: &Request, page: u32, source: &Source) -> (u64, u32) {
    source.run();
    (request.user + request.trace, page)
}

#[redis_cached(ttl = "1m", key = name.trim().to_lowercase(), skip(source))]
async fn by_expression(name: &str, source: &Source) -> usize {
    source.run();
    name.trim().len()
}

#[redis_cached(ttl = "1m", key = "{request.user}:{request.lang}", skip(source))]
async fn by_template(request: &Request, source: &Source) -> u64 {
    source.run();
    request.user + request.trace
}

fn request(user: u64, lang: &str, trace: u64) -> Request {
    let lang = lang.to_owned();
    Request { user, lang, trace }
}

#[tokio::test]
async fn a_key_of_its_own_is_all_that_counts() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    cache
        .scope(by_tuple(&request(7, "de", 1), 10, &source))
        .await;

    assert!(hits(&cache, by_tuple(&request(7, "de", 2), 19, &source)).await);
    assert!(!hits(&cache, by_tuple(&request(7, "de", 1), 20, &source)).await);
    assert!(!hits(&cache, by_tuple(&request(7, "fr", 1), 10, &source)).await);
    assert!(!hits(&cache, by_tuple(&request(8, "de", 1), 10, &source)).await);
    assert_eq!(source.runs(), 4);
}

#[tokio::test]
async fn an_expression_can_make_spellings_one() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    cache.scope(by_expression(" Desk", &source)).await;

    assert!(hits(&cache, by_expression("desk ", &source)).await);
    assert!(!hits(&cache, by_expression("desks", &source)).await);
}

#[tokio::test]
async fn a_template_is_read_in_the_key() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    cache
        .scope(by_template(&request(7, "de", 1), &source))
        .await;

    assert!(hits(&cache, by_template(&request(7, "de", 2), &source)).await);
    assert!(!hits(&cache, by_template(&request(7, "fr", 1), &source)).await);
    let keys = server.keys().await;
    assert!(keys.iter().any(|key| key.ends_with("7:de")), "{keys:?}");
}
