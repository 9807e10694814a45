//! The end of a cache: nothing runs on, and calls go past it.

use std::time::Duration;

use cached_runtime::{Bypass, Outcome, invalidate, key, peek, redis_cached};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::origin::Origin;
use cached_tests::redis::RedisServer;

#[redis_cached(ttl = "1m", key = hash, skip(origin), stale_while_revalidate = "1h")]
async fn get(key: u32, origin: Origin) -> Result<u32, String> {
    origin.ask().await
}

/// The number of clients that a server has, this question's included.
async fn clients(server: &RedisServer) -> usize {
    let mut list = redis::cmd("CLIENT");
    list.arg("LIST");
    server.query::<String>(list).await.lines().count()
}

#[tokio::test]
async fn a_cache_that_is_shut_down_runs_nothing_and_is_bypassed() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    let origin = Origin::default();
    cache.scope(get(7, origin.clone())).await.unwrap();
    clock.advance(Duration::from_mins(1));
    origin.block();
    cache.scope(get(7, origin.clone())).await.unwrap();
    origin.asked(2).await;

    cache.shutdown().await;

    assert_eq!(origin.running(), 0, "what ran in the background is gone");
    origin.unblock();
    let (value, bypassed) = outcome(cache.scope(get(7, origin.clone()))).await;
    assert_eq!(value.unwrap(), 3);
    let reason = Bypass::ShutDown;
    assert!(
        matches!(bypassed, Outcome::Bypass { reason: given, .. } if given == reason),
        "{bypassed:?}"
    );
    assert!(!cache.is_connected());
    cache.shutdown().await;
}

#[tokio::test]
async fn a_cache_that_is_shut_down_leaves_its_connection() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    assert_eq!(clients(&server).await, 2);

    cache.shutdown().await;

    let mut left = clients(&server).await;
    while left > 1 {
        left = clients(&server).await;
    }
    eventually(|| !cache.is_connected()).await;
}

#[tokio::test]
async fn what_a_cache_that_is_shut_down_cannot_do_is_an_error() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let origin = Origin::default();
    let call = || cache.scope(get(7, origin.clone()));
    call().await.unwrap();

    cache.shutdown().await;

    assert!(invalidate(call()).await.unwrap_err().is_no_cache());
    assert!(key(call()).await.unwrap_err().is_no_cache());
    assert_eq!(peek(call()).await.unwrap(), None);
    assert_eq!(server.keys().await.len(), 1, "others are served it");
}
