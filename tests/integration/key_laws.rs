//! Two calls share a key exactly when their arguments are equal, in this process and in every other.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cached_runtime::{Backend, BackendFuture, Cache, KeySecret, Personal, redis_cached};
use cached_tests::redis::RedisServer;

/// The secret of the vectors in `docs/keys.md`.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Remembers the keys it is asked for, and no values.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    async fn cache(&self) -> Cache {
        Cache::builder()
            .namespace("test")
            .backend(self.clone())
            .key_secret(KeySecret::new(SECRET).unwrap())
            .build()
            .await
            .unwrap()
    }

    /// Returns the keys since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Backend for Asked {
    fn get<'a>(&'a self, key: &'a str, _: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        self.0.lock().unwrap().push(key.to_owned());
        Box::pin(async { Ok(None) })
    }

    fn set<'a>(&'a self, _: &'a str, _: Vec<u8>, _: Duration) -> BackendFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn remove<'a>(&'a self, _: &'a str) -> BackendFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn is_connected(&self) -> bool {
        true
    }
}

type Scores = HashMap<&'static str, i8>;

#[derive(Clone, Copy)]
struct Floats {
    single: f32,
    double: f64,
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn texts(one: &str, other: String, wide: u128, cache: &Cache) -> usize {
    one.len() + other.len() + usize::from(wide > 0)
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
#[expect(clippy::option_option, reason = "each depth has a key of its own")]
async fn nested(
    option: Option<Option<u8>>,
    scores: &Scores,
    tags: Option<HashSet<u8>>,
    single: f32,
    double: f64,
    cache: &Cache,
) -> usize {
    let _ = (option, single, double);
    scores.len() + tags.map_or(0, |tags| tags.len())
}

/// Calls `nested` with all arguments of a small world, in one order of theirs.
async fn call_all_nested(cache: &Cache, zero: Floats, reversed: bool) -> usize {
    let scores = [
        vec![],
        vec![("a", 1)],
        vec![("a", 1), ("b", 2)],
        vec![("a", 2), ("b", 1)],
    ];
    let tags = [
        None,
        Some(vec![]),
        Some(vec![1, 2, 3, 4, 5]),
        Some(vec![12, 3]),
    ];
    let mut calls = 0;
    for option in [None, Some(None), Some(Some(0)), Some(Some(1))] {
        for scores in &scores {
            for tags in &tags {
                for single in [zero.single, 1.5] {
                    for double in [zero.double, 1.5] {
                        let scores = collect(scores, reversed);
                        let tags = tags.as_ref().map(|tags| collect(tags, reversed));
                        nested(option, &scores, tags, single, double, cache).await;
                        calls += 1;
                    }
                }
            }
        }
    }
    calls
}

fn collect<T: Copy, C: FromIterator<T>>(items: &[T], reversed: bool) -> C {
    if reversed {
        items.iter().rev().copied().collect()
    } else {
        items.iter().copied().collect()
    }
}

#[tokio::test]
async fn different_arguments_have_different_keys_and_equal_ones_equal_keys() {
    let asked = Asked::default();
    let cache = asked.cache().await;
    let positive = Floats {
        single: 0.0,
        double: 0.0,
    };
    let negative = Floats {
        single: -0.0,
        double: -0.0,
    };

    let calls = call_all_nested(&cache, positive, false).await;
    let keys = asked.take();
    call_all_nested(&cache, negative, true).await;

    assert_eq!(HashSet::<&String>::from_iter(&keys).len(), calls);
    assert_eq!(asked.take(), keys);
}

#[tokio::test]
async fn arguments_do_not_run_into_each_other() {
    let asked = Asked::default();
    let cache = asked.cache().await;
    let words = ["", "a", "b", "ab", "ba", "aa", "\0", "é"];
    let mut calls = 0;

    for one in words {
        for other in words {
            for wide in [0, 1, 1 << 64, u128::MAX] {
                texts(one, other.to_owned(), wide, &cache).await;
                calls += 1;
            }
        }
    }

    assert_eq!(HashSet::<String>::from_iter(asked.take()).len(), calls);
}

#[redis_cached(ttl = "1h", key = hash, name = "shop::price", cache = cache, skip(cache))]
async fn price(article: u32, unit: &str, cache: &Cache) -> u64 {
    u64::from(article) + unit.len() as u64
}

#[redis_cached(ttl = "1h", key = hash, name = "shop::price", cache = cache, skip(cache))]
async fn personal_price(article: Personal<u32>, unit: Personal<&str>, cache: &Cache) -> u64 {
    price(article.into_inner(), unit.into_inner(), cache).await
}

#[tokio::test]
async fn a_key_in_redis_is_the_published_one() {
    let page = include_str!("../../docs/keys.md");
    let server = RedisServer::start().await;
    let cache = Cache::builder()
        .namespace("test")
        .redis(server.url())
        .key_secret(KeySecret::new(SECRET).unwrap())
        .build()
        .await
        .unwrap();

    price(7, "desk", &cache).await;

    let keys = server.keys().await;
    assert_eq!(keys.len(), 1);
    assert!(page.lines().any(|line| line == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a_wrapped_argument_has_the_key_of_the_bare_one() {
    let asked = Asked::default();
    let cache = asked.cache().await;

    personal_price(7.into(), "desk".into(), &cache).await;

    let keys = asked.take();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}
