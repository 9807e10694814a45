//! Whatever stands under a key, the call succeeds, and what it stores is whole again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cached_runtime::{Backend, BackendFuture, Cache, Outcome, peek, redis_cached, refresh};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use redis::Cmd;
use serde::{Deserialize, Serialize};

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

#[redis_cached(ttl = "1h", cache = cache, skip(cache), max_value_bytes = 65_536)]
async fn short_greeting(name: &str, cache: &Cache) -> String {
    format!("Hello, {name}!")
}

/// Returns how many bytes the server has sent.
async fn sent(server: &RedisServer) -> u64 {
    let mut stats = redis::cmd("INFO");
    stats.arg("stats");
    let stats: String = server.query(stats).await;
    stats
        .lines()
        .find_map(|line| line.strip_prefix("total_net_output_bytes:"))
        .and_then(|bytes| bytes.parse().ok())
        .expect("Redis counts what it sends")
}

#[tokio::test]
async fn of_an_entry_that_is_too_long_no_more_is_read_than_tells_so() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    short_greeting("Ada", &cache).await;
    let key = server.keys().await.pop().expect("one value is stored");
    let lengthen = Cmd::setrange(&key, 64 << 20, "!");
    server.query::<()>(lengthen).await;
    let before = sent(&server).await;

    let (value, healing) = outcome(short_greeting("Ada", &cache)).await;

    let sent = sent(&server).await - before;
    assert!(sent < 100_000, "{sent} bytes for a limit of 65,536");
    assert_eq!(value, "Hello, Ada!");
    assert!(matches!(healing, Outcome::Miss { .. }), "{healing:?}");
    let (_, healed) = outcome(short_greeting("Ada", &cache)).await;
    assert!(matches!(healed, Outcome::Hit { .. }), "{healed:?}");
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

/// A store of one entry, which can be replaced.
#[derive(Clone, Default)]
struct OneEntry(Arc<Mutex<Option<Vec<u8>>>>);

impl OneEntry {
    fn put(&self, entry: Vec<u8>) {
        *self.0.lock().unwrap() = Some(entry);
    }

    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap().take().expect("a value was stored")
    }
}

impl Backend for OneEntry {
    fn get<'a>(&'a self, _: &'a str, _: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        let entry = self.0.lock().unwrap().clone();
        Box::pin(async { Ok(entry) })
    }

    fn set<'a>(&'a self, _: &'a str, value: Vec<u8>, _: Duration) -> BackendFuture<'a, ()> {
        self.put(value);
        Box::pin(async { Ok(()) })
    }

    fn remove<'a>(&'a self, _: &'a str) -> BackendFuture<'a, ()> {
        self.0.lock().unwrap().take();
        Box::pin(async { Ok(()) })
    }

    fn is_connected(&self) -> bool {
        true
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Chart {
    name: String,
    bodies: Vec<(String, f64, bool)>,
    houses: Vec<Option<u16>>,
}

fn chart(id: u16) -> Chart {
    let bodies =
        ["Sun", "Moon", "Mars"].map(|body| (body.to_owned(), f64::from(id) / 7.0, id == 0));
    Chart {
        name: "x".repeat(usize::from(id)),
        bodies: bodies.to_vec(),
        houses: (0..12)
            .map(|house| (house != id).then_some(house))
            .collect(),
    }
}

#[redis_cached(ttl = "1h", cache = cache, skip(cache))]
async fn plain_chart(id: u16, cache: &Cache) -> Chart {
    chart(id)
}

#[redis_cached(ttl = "1h", cache = cache, skip(cache), encrypt)]
async fn encrypted_chart(id: u16, cache: &Cache) -> Chart {
    chart(id)
}

/// Returns a random damage of `entry`, which may draw on the entry of another call.
fn damaged(entry: &[u8], other: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = entry.to_vec();
    match random.u8(..6) {
        flips @ (0 | 1) => {
            for _ in 0..=flips {
                let bit = random.usize(..bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
        2 => bytes.truncate(random.usize(..bytes.len())),
        3 => bytes.extend((0..random.usize(1..20)).map(|_| random.u8(..))),
        4 => {
            let [one, two] = [(); 2].map(|()| random.usize(..bytes.len()));
            bytes.swap(one, two);
        }
        // A piece of another entry, or all of it.
        _ => {
            let end = bytes.len().min(other.len());
            let start = random.usize(..end);
            bytes[start..end].copy_from_slice(&other[start..end]);
        }
    }
    bytes
}

#[tokio::test]
async fn a_hundred_thousand_damaged_entries_give_no_other_value() {
    let store = OneEntry::default();
    let cache = Cache::builder()
        .backend(store.clone())
        .key_secret(cache::secret());
    let cache = cache.build().await.expect("the settings are sound");
    let mut random = fastrand::Rng::with_seed(7);
    let mut read = [0; 2];

    for round in 0..1000 {
        let id = random.u16(..40);
        let is_encrypted = round % 2 == 0;
        let peek_at = async || {
            if is_encrypted {
                peek(encrypted_chart(id, &cache)).await
            } else {
                peek(plain_chart(id, &cache)).await
            }
        };
        let other = {
            store_chart(id + 1, is_encrypted, &cache).await;
            store.take()
        };
        store_chart(id, is_encrypted, &cache).await;
        let entry = store.take();
        store.put(entry.clone());
        assert_eq!(
            peek_at().await.unwrap(),
            Some(chart(id)),
            "as it was stored"
        );

        for _ in 0..100 {
            let bytes = damaged(&entry, &other, &mut random);
            if bytes == entry {
                continue;
            }
            store.put(bytes);
            if let Some(value) = peek_at().await.unwrap() {
                read[usize::from(is_encrypted)] += 1;
                assert_eq!(value, chart(id));
            }
        }
    }

    let [_, encrypted] = read;
    assert_eq!(encrypted, 0);
}

/// Stores the chart of this number.
async fn store_chart(id: u16, is_encrypted: bool, cache: &Cache) {
    if is_encrypted {
        refresh(encrypted_chart(id, cache)).await;
    } else {
        refresh(plain_chart(id, cache)).await;
    }
}
