//! Companions: each does what it says for every kind of function, on Redis and in the process.

mod invalidation;

use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cached_runtime::{
    Bypass, Cache, CallReport, Outcome, Stored, invalidate, key, observe, peek, redis_cached,
    refresh, uncached,
};
use cached_tests::cache::{self, Source};
use cached_tests::redis::RedisServer;
use redis::Cmd;
use serde::Serialize;
use tokio::task::yield_now;

/// Returns another text on each run.
#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source))]
async fn text(id: f64, cache: &Cache, source: &Source) -> String {
    format!("{id}, run {}", source.run())
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source))]
async fn debug<T: Debug + Serialize>(thing: T, cache: &Cache, source: &Source) -> Option<String> {
    Some(format!("{thing:?}, run {}", source.run()))
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source))]
async fn join(words: &[&str], end: &str, cache: &Cache, source: &Source) -> String {
    format!("{}{end}, run {}", words.join(" "), source.run())
}

/// A failure that can be neither stored nor copied.
#[derive(Debug, PartialEq)]
struct Failure;

struct Shop {
    currency: &'static str,
    cache: Cache,
    source: Source,
}

impl Shop {
    #[redis_cached(ttl = "1h", key = hash, scope = self.currency, cache = self.cache)]
    async fn price(&self, article: u32) -> Result<String, Failure> {
        let run = self.source.run();
        Ok(format!("{article} {}, run {run}", self.currency))
    }
}

trait Stock {
    async fn count(&self, article: u32) -> u32;
}

impl Stock for Shop {
    #[redis_cached(ttl = "1h", key = hash, scope = self.currency, cache = self.cache)]
    async fn count(&self, article: u32) -> u32 {
        article + self.source.run()
    }
}

/// Calls another cached function.
#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, outer, inner))]
async fn nested(id: f64, cache: &Cache, outer: &Source, inner: &Source) -> String {
    let text = text(id, cache, inner).await;
    format!("{text}, outer run {}", outer.run())
}

/// Uses the cache of its task.
#[redis_cached(ttl = "1h", key = hash, skip(source))]
async fn scoped(id: f64, source: &Source) -> f64 {
    source.run();
    id
}

/// Returns a cache of either kind.
async fn both(server: &RedisServer) -> [Cache; 2] {
    let (redis, _) = cache::prompt_cache(server).await;
    [redis, in_process().await]
}

async fn in_process() -> Cache {
    Cache::builder().build().await.unwrap()
}

/// Takes a function whose runs return different outputs through all of its companions.
async fn try_all<F>(call: impl Fn() -> F, source: &Source)
where
    F: Future<Output: Debug + PartialEq>,
{
    let before = source.runs();
    assert_eq!(peek(call()).await.unwrap(), None);
    invalidate(call()).await.unwrap();
    assert_eq!(key(call()).await.unwrap(), key(call()).await.unwrap());
    assert_eq!(source.runs(), before, "none of these runs the function");

    let first = call().await;
    assert_eq!(peek(call()).await.unwrap().as_ref(), Some(&first));
    let second = refresh(call()).await;
    assert_ne!(second, first);
    assert_eq!(call().await, second);
    assert_ne!(uncached(call()).await, second);
    assert_eq!(call().await, second);
    assert_eq!(source.runs(), before + 3);

    invalidate(call()).await.unwrap();
    assert_eq!(peek(call()).await.unwrap(), None);
    assert_ne!(call().await, second);
    assert_eq!(source.runs(), before + 4);
}

#[tokio::test]
async fn a_free_function_has_every_companion() {
    let server = RedisServer::start().await;
    for cache in both(&server).await {
        let source = Source::default();
        try_all(|| text(7.0, &cache, &source), &source).await;
    }
}

#[tokio::test]
async fn a_method_and_a_trait_method_have_every_companion_in_their_scope() {
    let server = RedisServer::start().await;
    for cache in both(&server).await {
        let [euro, yen] = ["EUR", "JPY"].map(|currency| Shop {
            currency,
            cache: cache.clone(),
            source: Source::default(),
        });
        let of_yen = yen.price(7).await;

        try_all(|| euro.price(7), &euro.source).await;
        try_all(|| euro.count(7), &euro.source).await;

        assert_eq!(peek(yen.price(7)).await.unwrap(), Some(of_yen));
    }
}

#[tokio::test]
async fn instances_of_a_generic_function_have_companions_of_their_own() {
    let server = RedisServer::start().await;
    for cache in both(&server).await {
        let source = Source::default();
        let of_u8 = debug(7_u8, &cache, &source).await;

        try_all(|| debug(7_u16, &cache, &source), &source).await;

        assert_eq!(
            peek(debug(7_u8, &cache, &source)).await.unwrap(),
            Some(of_u8)
        );
        assert_ne!(
            key(debug(7_u8, &cache, &source)).await.unwrap(),
            key(debug(7_u16, &cache, &source)).await.unwrap()
        );
    }
}

#[tokio::test]
async fn a_function_of_borrowed_arguments_has_every_companion() {
    let server = RedisServer::start().await;
    for cache in both(&server).await {
        let source = Source::default();
        let (first, end) = ("good".to_owned(), "!".to_owned());
        try_all(
            || async { join(&[&first, "day"], &end, &cache, &source).await },
            &source,
        )
        .await;
    }
}

#[tokio::test]
async fn companions_of_a_call_that_can_move_between_threads_can_too() {
    let cache = in_process().await;
    let source = Arc::new(Source::default());
    let call = || {
        let (cache, source) = (cache.clone(), Arc::clone(&source));
        async move { text(7.0, &cache, &source).await }
    };

    assert_eq!(tokio::spawn(refresh(call())).await.unwrap(), "7, run 1");
    assert_eq!(tokio::spawn(uncached(call())).await.unwrap(), "7, run 2");
    let peeked = tokio::spawn(peek(call())).await.unwrap();
    assert_eq!(peeked.unwrap().as_deref(), Some("7, run 1"));
    assert!(tokio::spawn(key(call())).await.unwrap().is_ok());
    assert!(tokio::spawn(invalidate(call())).await.unwrap().is_ok());
}

#[tokio::test]
async fn the_key_is_the_one_in_redis() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let source = Source::default();

    let expected = key(text(7.0, &cache, &source)).await.unwrap();
    text(7.0, &cache, &source).await;

    assert_eq!(server.keys().await, [expected]);
}

#[tokio::test]
async fn what_is_not_fresh_is_not_seen() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::prompt_cache(&server).await;
    let source = Source::default();
    text(7.0, &cache, &source).await;

    clock.advance(Duration::from_hours(1));

    assert_eq!(peek(text(7.0, &cache, &source)).await.unwrap(), None);
}

#[tokio::test]
async fn what_cannot_be_read_is_not_seen_and_can_be_invalidated() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let source = Source::default();
    let key = key(text(7.0, &cache, &source)).await.unwrap();

    for damage in [Cmd::set(&key, "garbage"), Cmd::lpush(&key, "another type")] {
        server.query::<()>(damage).await;
        assert_eq!(peek(text(7.0, &cache, &source)).await.unwrap(), None);
        invalidate(text(7.0, &cache, &source)).await.unwrap();
        assert!(server.keys().await.is_empty());
    }
}

#[tokio::test]
async fn outcomes_tell_what_answered_and_nothing_where_nothing_did() {
    async fn outcomes<F: Future>(companion: F) -> Vec<Outcome> {
        let (_, calls) = observe(companion).await;
        calls.iter().map(|call: &CallReport| call.outcome).collect()
    }
    let cache = in_process().await;
    let source = Source::default();
    let call = || text(7.0, &cache, &source);

    assert!(outcomes(peek(call())).await.is_empty());
    assert!(matches!(
        outcomes(refresh(call())).await[..],
        [Outcome::Miss {
            stored: Stored::Yes,
            ..
        }]
    ));
    assert!(matches!(
        outcomes(peek(call())).await[..],
        [Outcome::Hit { .. }]
    ));
    assert!(matches!(
        outcomes(uncached(call())).await[..],
        [Outcome::Bypass {
            reason: Bypass::Uncached,
            ..
        }]
    ));
    assert!(outcomes(key(call())).await.is_empty());
    assert!(outcomes(invalidate(call())).await.is_empty());
}

#[tokio::test]
async fn cached_functions_in_the_body_are_called_as_usual() {
    let cache = in_process().await;
    let [outer, inner] = [Source::default(), Source::default()];
    let call = || nested(7.0, &cache, &outer, &inner);

    assert_eq!(peek(call()).await.unwrap(), None);
    assert_eq!((outer.runs(), inner.runs()), (0, 0));

    for runs in 1..=2 {
        refresh(call()).await;
        assert_eq!((outer.runs(), inner.runs()), (runs, 1));
    }
    uncached(call()).await;
    assert_eq!((outer.runs(), inner.runs()), (3, 1));

    invalidate(call()).await.unwrap();
    let inner_text = peek(text(7.0, &cache, &inner)).await.unwrap();
    assert_eq!(inner_text.as_deref(), Some("7, run 1"));
}

#[tokio::test]
async fn calls_after_the_first_in_a_future_are_made_as_usual() {
    let cache = in_process().await;
    let source = Source::default();
    text(1.0, &cache, &source).await;
    text(2.0, &cache, &source).await;

    refresh(async {
        text(1.0, &cache, &source).await;
        text(2.0, &cache, &source).await;
    })
    .await;

    assert_eq!(source.runs(), 3);
}

#[tokio::test]
async fn a_scope_may_stand_within_a_companion_and_around_it() {
    let cache = in_process().await;
    let source = Source::default();
    cache.scope(scoped(7.0, &source)).await;

    let within = peek(cache.scope(scoped(7.0, &source))).await;
    let around = cache.scope(peek(scoped(7.0, &source))).await;

    assert_eq!(within.unwrap(), Some(7.0));
    assert_eq!(around.unwrap(), Some(7.0));
}

#[tokio::test]
async fn a_future_that_calls_no_cached_function_ends_and_is_an_error() {
    let source = Source::default();
    let plain = || async {
        yield_now().await;
        source.run()
    };

    let errors = [
        peek(plain()).await.unwrap_err(),
        invalidate(plain()).await.unwrap_err(),
        key(plain()).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_not_a_call());
        assert!(
            error
                .to_string()
                .contains("not a call of a cached function")
        );
    }
    assert_eq!(refresh(plain()).await, 4);
    assert_eq!(uncached(plain()).await, 5);
}

#[tokio::test]
async fn a_cache_that_is_off_has_nothing_to_see_and_nothing_to_invalidate() {
    let off = Cache::disabled();
    let source = Source::default();
    let call = || text(7.0, &off, &source);

    assert_eq!(peek(call()).await.unwrap(), None);
    invalidate(call()).await.unwrap();
    let error = key(call()).await.unwrap_err();
    assert!(error.is_no_cache());
    assert!(error.to_string().contains("switched off"));
    assert_eq!(source.runs(), 0);
    assert_eq!(refresh(call()).await, "7, run 1");
    assert_eq!(uncached(call()).await, "7, run 2");
}

#[tokio::test]
async fn an_invalidation_without_a_cache_is_an_error_that_says_how_to_get_one() {
    let source = Source::default();

    assert_eq!(peek(scoped(7.0, &source)).await.unwrap(), None);
    for error in [
        invalidate(scoped(7.0, &source)).await.unwrap_err(),
        key(scoped(7.0, &source)).await.unwrap_err(),
    ] {
        assert!(error.is_no_cache());
        assert!(error.to_string().contains("`Cache::install`"));
    }
    assert_eq!(source.runs(), 0);
    refresh(scoped(7.0, &source)).await;
    uncached(scoped(7.0, &source)).await;
    assert_eq!(source.runs(), 2);
}

#[tokio::test]
async fn a_call_without_a_key_is_never_stored() {
    let cache = in_process().await;
    let source = Source::default();
    let call = || text(f64::NAN, &cache, &source);

    assert_eq!(peek(call()).await.unwrap(), None);
    invalidate(call()).await.unwrap();
    assert!(key(call()).await.unwrap_err().is_unencodable());
    assert_eq!(source.runs(), 0);
}

#[tokio::test]
async fn a_dead_redis_is_an_error_to_whoever_asks_it_and_to_nobody_else() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let source = Source::default();
    let call = || text(7.0, &cache, &source);
    server.kill();

    assert!(peek(call()).await.unwrap_err().is_disconnected());
    assert!(invalidate(call()).await.unwrap_err().is_disconnected());
    assert!(key(call()).await.is_ok());
    assert_eq!(source.runs(), 0);
    assert_eq!(refresh(call()).await, "7, run 1");
    assert_eq!(uncached(call()).await, "7, run 2");
}

#[tokio::test]
async fn a_frozen_redis_is_a_timeout_and_no_hang() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let source = Source::default();
    server.freeze();

    let began = Instant::now();
    let peeked = peek(text(7.0, &cache, &source)).await;
    let invalidated = invalidate(text(7.0, &cache, &source)).await;

    assert!(peeked.unwrap_err().is_timeout());
    assert!(invalidated.unwrap_err().is_timeout());
    // The deadline of each is 100 ms.
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_user_who_may_not_remove_is_told_the_server_error() {
    let server = RedisServer::start().await;
    let mut user = redis::cmd("ACL");
    user.arg(&["SETUSER", "keeper", "on", ">pass", "~*", "+@all", "-unlink"]);
    server.query::<()>(user).await;
    let url = server.url().replace("://", "://keeper:pass@");
    let cache = cache::prompt_builder(&server)
        .redis(url)
        .build()
        .await
        .unwrap();
    let source = Source::default();

    let error = invalidate(text(7.0, &cache, &source)).await.unwrap_err();

    assert_eq!(error.server_code(), Some("NOPERM"));
}

#[tokio::test]
#[should_panic(expected = "a call that was lent to a companion has ended")]
async fn a_call_that_was_lent_to_a_companion_does_not_hang() {
    let cache = in_process().await;
    let source = Source::default();
    let mut lent = pin!(text(7.0, &cache, &source));
    assert_eq!(peek(lent.as_mut()).await.unwrap(), None);

    lent.await;
}
