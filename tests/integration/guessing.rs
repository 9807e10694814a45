//! Births can be guessed from keys without a secret, and from no others; `docs/guessing.md` tells in what time.

use app::engine::{BirthData, EngineInfo, HouseSystem};
use cached_runtime::{Builder, Cache, redis_cached};
use cached_tests::cache;
use cached_tests::guess::{CITIES, City, Day, Search, search};
use cached_tests::redis::RedisServer;

const ENGINE: (&str, &str) = ("DE421", "1");
const INSTANT: &str = "1990-05-17T12:30:00Z";
const DAY_BEFORE: Day = Day {
    year: 1990,
    month: 5,
    day: 16,
};

/// Has the arguments of the service's function and its name, and no `encrypt`, which needs a secret.
#[redis_cached(ttl = "24h", key = hash, name = "natal::calculate_chart", cache = cache, skip(cache))]
async fn calculate_chart(birth: BirthData, engine: EngineInfo, cache: &Cache) -> u64 {
    let _ = (birth, engine, cache);
    7
}

fn berlin_and_delhi() -> Vec<City> {
    let is_one = |city: &&City| ["Berlin", "Delhi"].contains(&city.name);
    CITIES.iter().filter(is_one).copied().collect()
}

/// Stores the chart of somebody born in Delhi, and looks for them by the key.
async fn search_for_key(builder: impl FnOnce(&RedisServer) -> Builder) -> Search {
    let redis = RedisServer::start().await;
    let cache = builder(&redis).namespace("natal").build().await;
    let cache = cache.expect("the settings are sound");
    let cities = berlin_and_delhi();
    let delhi = cities[1];
    let instant = INSTANT.parse().expect("it is an instant");
    let birth = BirthData::new(
        instant,
        delhi.latitude,
        delhi.longitude,
        HouseSystem::Placidus,
    );
    let birth = birth.expect("it is a place");
    let engine = EngineInfo {
        ephemeris: ENGINE.0.to_owned(),
        version: ENGINE.1.to_owned(),
    };
    calculate_chart(birth, engine, &cache).await;
    let key = redis.keys().await.pop().expect("one value is stored");

    search(&key, ENGINE, DAY_BEFORE, 3, &cities)
}

#[tokio::test]
async fn a_birth_is_found_by_its_key_where_there_is_no_secret() {
    let plain = |redis: &RedisServer| Cache::builder().redis(redis.url()).guessable_keys();

    let search = search_for_key(plain).await;

    let found = search.found.expect("the birth is among the guesses");
    assert_eq!((&*found.instant, found.city.name), (INSTANT, "Delhi"));
}

#[tokio::test]
async fn a_birth_is_not_found_by_its_key_where_there_is_a_secret() {
    let search = search_for_key(cache::builder).await;

    assert_eq!(search.found, None);
    assert_eq!(search.guesses, 2 * 3 * 24 * 60);
}
