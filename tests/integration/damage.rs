//! Whatever stands under a key, the call succeeds, and what it stores is whole again.

use cached_runtime::{Cache, Outcome, redis_cached};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use redis::Cmd;

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn greeting(name: &str, cache: &Cache) -> String {
    format!("Hello, {name}!")
}

/// Puts something under the key of a stored value and checks that the next call heals it.
async fn assert_healed(damage: impl AsyncFn(&RedisServer, &str, Vec<u8>)) {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    greeting("Ada", &cache).await;
    let key = server.keys().await.pop().expect("one value is stored");
    let stored = server.get(&key).await.expect("it is there");

    damage(&server, &key, stored).await;

    let (value, healing) = outcome(greeting("Ada", &cache)).await;
    assert_eq!(value, "Hello, Ada!");
    assert!(matches!(healing, Outcome::Miss { .. }), "{healing:?}");
    let (value, healed) = outcome(greeting("Ada", &cache)).await;
    assert_eq!(value, "Hello, Ada!");
    assert!(matches!(healed, Outcome::Hit { .. }), "{healed:?}");
}

async fn overwrite(server: &RedisServer, key: &str, bytes: &[u8]) {
    server.query::<()>(Cmd::set(key, bytes)).await;
}

#[tokio::test]
async fn a_key_of_another_type_is_replaced() {
    assert_healed(async |server, key, _| {
        server.query::<()>(Cmd::del(key)).await;
        server.query::<()>(Cmd::rpush(key, "a list")).await;
    })
    .await;
}

#[tokio::test]
async fn garbage_is_replaced() {
    assert_healed(async |server, key, _| overwrite(server, key, b"{\"json\": true}").await).await;
}

#[tokio::test]
async fn nothing_at_all_is_replaced() {
    assert_healed(async |server, key, _| overwrite(server, key, b"").await).await;
}

#[tokio::test]
async fn a_truncated_value_is_replaced() {
    assert_healed(async |server, key, stored| {
        overwrite(server, key, &stored[..stored.len() - 5]).await;
    })
    .await;
}

#[tokio::test]
async fn a_flipped_bit_is_noticed() {
    assert_healed(async |server, key, mut stored| {
        let at = stored.len() - 8;
        stored[at] ^= 4;
        overwrite(server, key, &stored).await;
    })
    .await;
}

#[tokio::test]
async fn a_value_above_the_limit_is_replaced() {
    assert_healed(async |server, key, mut stored| {
        stored.resize(2 << 20, 0);
        overwrite(server, key, &stored).await;
    })
    .await;
}

#[tokio::test]
async fn the_value_of_another_call_is_noticed() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    greeting("Ada", &cache).await;
    let ada = server.keys().await.pop().expect("one value is stored");
    greeting("Bob", &cache).await;

    let bob = server
        .keys()
        .await
        .into_iter()
        .find(|key| *key != ada)
        .expect("two are stored");
    let mut copy = redis::cmd("COPY");
    copy.arg(&bob).arg(&ada).arg("REPLACE");
    assert!(server.query::<bool>(copy).await);

    assert_eq!(greeting("Ada", &cache).await, "Hello, Ada!");
}
