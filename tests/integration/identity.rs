//! Nobody gets another function's, type's, version's or namespace's value.

use cached_runtime::{Cache, Outcome, redis_cached};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use serde::{Deserialize, Serialize};

mod prices {
    use super::{Cache, Deserialize, Serialize, redis_cached};

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    pub(super) struct Price {
        pub(super) cents: u64,
        pub(super) currency: String,
    }

    #[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
    pub(super) async fn lookup(id: u64, cache: &Cache) -> Price {
        let currency = "EUR".to_owned();
        Price {
            cents: id * 100,
            currency,
        }
    }
}

mod refunds {
    use super::{Cache, Deserialize, Serialize, redis_cached};

    /// Of the same shape as a price.
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    pub(super) struct Refund {
        pub(super) user: u64,
        pub(super) note: String,
    }

    #[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
    pub(super) async fn lookup(id: u64, cache: &Cache) -> Refund {
        let note = "late".to_owned();
        Refund { user: id, note }
    }
}

/// Functions of one name, as two releases of a service have them.
mod releases {
    use super::{Cache, redis_cached};

    #[redis_cached(ttl = "1h", key = hash, name = "release", cache = cache, skip(cache))]
    pub(super) async fn first(id: u64, cache: &Cache) -> u64 {
        id + 1
    }

    #[redis_cached(ttl = "1h", key = hash, name = "release", version = 2, cache = cache, skip(cache))]
    pub(super) async fn second(id: u64, cache: &Cache) -> u64 {
        id + 2
    }

    #[redis_cached(ttl = "1h", key = hash, name = "release", cache = cache, skip(cache))]
    pub(super) async fn retyped(id: u64, cache: &Cache) -> u32 {
        u32::try_from(id).unwrap() + 3
    }
}

#[tokio::test]
async fn functions_of_one_name_in_two_modules_do_not_meet() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    prices::lookup(7, &cache).await;

    assert_eq!(refunds::lookup(7, &cache).await.user, 7);
    assert_eq!(prices::lookup(7, &cache).await.cents, 700);
    assert_eq!(server.keys().await.len(), 2);
}

#[tokio::test]
async fn versions_and_result_types_do_not_meet() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    assert_eq!(releases::first(1, &cache).await, 2);
    assert_eq!(releases::second(1, &cache).await, 3);
    assert_eq!(releases::retyped(1, &cache).await, 4);
    assert_eq!(releases::first(1, &cache).await, 2);
}

#[tokio::test]
async fn namespaces_and_secrets_do_not_meet() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let other_namespace = cache::builder(&server)
        .namespace("other")
        .build()
        .await
        .unwrap();
    let guessable = cache::builder(&server)
        .guessable_keys()
        .build()
        .await
        .unwrap();
    releases::first(1, &cache).await;

    for other in [other_namespace, guessable] {
        let (_, missed) = outcome(releases::first(1, &other)).await;
        assert!(matches!(missed, Outcome::Miss { .. }), "{missed:?}");
    }
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn horoscope(born: &str, latitude: f64, cache: &Cache) -> String {
    format!("{born} {latitude}")
}

#[tokio::test]
async fn a_key_shows_the_function_and_nothing_of_the_arguments() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    horoscope("1990-05-17", 51.4779, &cache).await;

    let key = server.keys().await.pop().expect("one value is stored");
    let (front, digest) = key.rsplit_once(':').unwrap();
    let (front, secret) = front.rsplit_once(':').unwrap();
    let (name, version) = front.rsplit_once(':').unwrap();
    assert_eq!(name, "test:integration::identity::horoscope");
    assert!(
        version.starts_with("1.") && version.len() == 18,
        "{version}"
    );
    assert_eq!(secret, cache::secret().id().to_string());
    assert!(
        digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()),
        "{digest}"
    );
}

#[redis_cached(ttl = "1h", key = "user:{id}:{lang}", cache = cache, skip(cache))]
async fn greeting(id: u64, lang: &str, cache: &Cache) -> String {
    format!("{lang}: hello, {id}")
}

#[tokio::test]
async fn a_readable_key_shows_the_arguments_it_names_and_mixes_none_up() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    assert_eq!(greeting(7, "de:7", &cache).await, "de:7: hello, 7");
    assert_eq!(greeting(7, "de", &cache).await, "de: hello, 7");
    assert_eq!(greeting(7, "de:7", &cache).await, "de:7: hello, 7");

    let mut keys = server.keys().await;
    keys.sort();
    let readable: Vec<_> = keys
        .iter()
        .filter_map(|key| key.split_once("user:"))
        .collect();
    assert_eq!(readable[0].1, "7:de");
    assert_eq!(readable[1].1, "7:de%3A7");
}
