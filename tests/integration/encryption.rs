//! A stranger who can read Redis learns nothing of a value, and one who can write to it changes none.

use cached_runtime::{Cache, Outcome, Stored, redis_cached};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use redis::Cmd;

/// Where in an envelope the times stand: created at and fresh until.
const CREATED_AT: std::ops::Range<usize> = 6..14;
const FRESH_UNTIL: std::ops::Range<usize> = 14..22;

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), encrypt)]
async fn secret_greeting(name: &str, cache: &Cache) -> String {
    format!("Hello, {name}!")
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn greeting(name: &str, cache: &Cache) -> String {
    format!("Hello, {name}!")
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), encrypt = false)]
async fn open_greeting(name: &str, cache: &Cache) -> String {
    format!("Hello, {name}!")
}

async fn encrypting(server: &RedisServer) -> Cache {
    let cache = cache::builder(server).encrypt_values().build().await;
    cache.expect("the settings are sound")
}

fn shows_a_name(stored: &[u8]) -> bool {
    stored.windows(3).any(|bytes| bytes == b"Ada")
}

/// Returns the key and the bytes of the only entry.
async fn only_entry(server: &RedisServer) -> (String, Vec<u8>) {
    let key = server.keys().await.pop().expect("one value is stored");
    let stored = server.get(&key).await.expect("it is there");
    (key, stored)
}

#[tokio::test]
async fn a_stored_value_shows_only_where_it_is_not_encrypted() {
    let server = RedisServer::start().await;
    let (plain, _) = cache::cache(&server).await;
    let encrypting = encrypting(&server).await;

    secret_greeting("Ada", &plain).await;
    assert!(!shows_a_name(&only_entry(&server).await.1));

    for (cache, shows) in [(&plain, true), (&encrypting, false)] {
        server.query::<()>(redis::cmd("FLUSHALL")).await;
        greeting("Ada", cache).await;
        assert_eq!(shows_a_name(&only_entry(&server).await.1), shows);
    }

    server.query::<()>(redis::cmd("FLUSHALL")).await;
    open_greeting("Ada", &encrypting).await;
    assert!(shows_a_name(&only_entry(&server).await.1));
}

/// Changes the entry of one call and checks that the next one does not see it, and heals it.
async fn assert_unreadable(change: impl AsyncFn(&RedisServer, &str, Vec<u8>)) {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    secret_greeting("Ada", &cache).await;
    let (key, stored) = only_entry(&server).await;
    let (_, hit) = outcome(secret_greeting("Ada", &cache)).await;
    assert!(matches!(hit, Outcome::Hit { .. }), "{hit:?}");

    change(&server, &key, stored).await;

    let (value, miss) = outcome(secret_greeting("Ada", &cache)).await;
    assert_eq!(value, "Hello, Ada!");
    assert!(matches!(miss, Outcome::Miss { .. }), "{miss:?}");
    let (_, healed) = outcome(secret_greeting("Ada", &cache)).await;
    assert!(matches!(healed, Outcome::Hit { .. }), "{healed:?}");
}

#[tokio::test]
async fn a_value_that_is_moved_to_another_key_is_unreadable() {
    assert_unreadable(async |server, ada, _| {
        let (cache, _) = cache::cache(server).await;
        secret_greeting("Bob", &cache).await;
        let keys = server.keys().await;
        let bob = keys.iter().find(|key| *key != ada).expect("two are stored");
        let mut copy = redis::cmd("COPY");
        copy.arg(bob).arg(ada).arg("REPLACE");
        assert!(server.query::<bool>(copy).await);
    })
    .await;
}

#[tokio::test]
async fn a_value_of_another_key_that_says_to_be_of_this_one_is_unreadable() {
    const DIGEST: std::ops::Range<usize> = 30..62;
    assert_unreadable(async |server, ada, stored| {
        let (cache, _) = cache::cache(server).await;
        secret_greeting("Bob", &cache).await;
        let keys = server.keys().await;
        let bob = keys.iter().find(|key| *key != ada).expect("two are stored");
        let mut of_bob = server.get(bob).await.expect("it is there");
        of_bob[DIGEST].copy_from_slice(&stored[DIGEST]);
        server.query::<()>(Cmd::set(ada, of_bob)).await;
    })
    .await;
}

#[tokio::test]
async fn a_value_with_a_later_expiry_is_unreadable() {
    assert_unreadable(async |server, key, mut stored| {
        for times in [CREATED_AT, FRESH_UNTIL] {
            let millis = stored[times.clone()].try_into().expect("eight bytes");
            let later = u64::from_le_bytes(millis) + 1;
            stored[times].copy_from_slice(&later.to_le_bytes());
        }
        server.query::<()>(Cmd::set(key, stored)).await;
    })
    .await;
}

#[tokio::test]
async fn a_plain_value_is_unreadable_where_it_has_to_be_encrypted() {
    /// The same function before it said `encrypt`.
    #[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), name = "downgraded")]
    async fn before(name: &str, cache: &Cache) -> String {
        format!("Forged, {name}!")
    }
    #[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), name = "downgraded", version = 1, encrypt)]
    async fn after(name: &str, cache: &Cache) -> String {
        format!("Hello, {name}!")
    }
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    before("Ada", &cache).await;
    assert_eq!(after("Ada", &cache).await, "Hello, Ada!");

    let (value, hit) = outcome(before("Ada", &cache)).await;
    assert_eq!(value, "Hello, Ada!");
    assert!(matches!(hit, Outcome::Hit { .. }), "{hit:?}");
}

#[tokio::test]
async fn replicas_can_be_changed_over_one_by_one() {
    let server = RedisServer::start().await;
    let (plain, _) = cache::cache(&server).await;
    let encrypting = encrypting(&server).await;

    greeting("Ada", &encrypting).await;
    let (_, by_the_old) = outcome(greeting("Ada", &plain)).await;
    assert!(matches!(by_the_old, Outcome::Hit { .. }), "{by_the_old:?}");

    greeting("Bob", &plain).await;
    let (_, by_the_new) = outcome(greeting("Bob", &encrypting)).await;
    assert!(matches!(by_the_new, Outcome::Miss { .. }), "{by_the_new:?}");
    let (_, healed) = outcome(greeting("Bob", &encrypting)).await;
    assert!(matches!(healed, Outcome::Hit { .. }), "{healed:?}");
}

#[tokio::test]
async fn nothing_is_stored_in_plain_by_a_cache_without_a_secret() {
    let server = RedisServer::start().await;
    let cache = Cache::builder().redis(server.url()).guessable_keys();
    let cache = cache.build().await.expect("the settings are sound");

    for _ in 0..2 {
        let (value, outcome) = outcome(secret_greeting("Ada", &cache)).await;
        assert_eq!(value, "Hello, Ada!");
        let Outcome::Miss { stored, .. } = outcome else {
            panic!("expected a miss, got {outcome:?}");
        };
        assert_eq!(stored, Stored::NoSecret);
    }
    assert!(server.keys().await.is_empty());
}

#[tokio::test]
async fn a_cache_that_encrypts_refuses_to_start_without_a_secret() {
    let built = Cache::builder().guessable_keys().encrypt_values().build();

    let error = built.await.expect_err("it has no secret");

    assert!(error.is_setting());
    assert_eq!(
        error.to_string(),
        "encrypted values need a key secret; give one, or leave out `encrypt_values`"
    );
}
