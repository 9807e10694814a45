//! Finds a birth by its key in Redis, where the keys have no secret; `docs/guessing.md` quotes what it prints.
//!
//! `cargo run --release -p cached-tests --no-default-features --example guess`

use std::time::Instant;

use cached_runtime::{Builder, Cache, KeySecret, redis_cached};
use cached_tests::guess::{CITIES, City, Day, Search, search};
use cached_tests::redis::RedisServer;
use serde::Serialize;

const ENGINE: (&str, &str) = ("DE421", "0.1.0");
const FIRST: Day = Day {
    year: 1985,
    month: 1,
    day: 1,
};
/// Ten years, of which two are leap years.
const DAYS: u32 = 3_652;

/// What the service's own types are to a key.
#[derive(Serialize)]
struct BirthData {
    instant: &'static str,
    latitude: f64,
    longitude: f64,
    house_system: HouseSystem,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum HouseSystem {
    Placidus,
}

#[derive(Serialize)]
struct EngineInfo {
    ephemeris: &'static str,
    version: &'static str,
}

#[redis_cached(ttl = "24h", key = hash, name = "natal::calculate_chart", cache = cache, skip(cache))]
async fn calculate_chart(birth: BirthData, engine: EngineInfo, cache: &Cache) -> u64 {
    let _ = (birth, engine, cache);
    7
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let random: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
    println!(
        "every minute of 1985 to 1994 in {} cities, on one core",
        CITIES.len()
    );
    println!();
    attack("without a secret", Cache::builder().guessable_keys()).await?;
    println!();
    attack(
        "with a secret",
        Cache::builder().key_secret(KeySecret::new(random)?),
    )
    .await
}

/// Stores one chart and looks for its birth by the key alone.
async fn attack(what: &str, builder: Builder) -> Result<(), Box<dyn std::error::Error>> {
    let redis = RedisServer::start().await;
    let cache = builder
        .namespace("natal")
        .redis(redis.url())
        .build()
        .await?;
    let paris: &City = CITIES
        .iter()
        .find(|city| city.name == "Paris")
        .expect("it is listed");
    let birth = BirthData {
        instant: "1990-05-17T12:30:00Z",
        latitude: paris.latitude,
        longitude: paris.longitude,
        house_system: HouseSystem::Placidus,
    };
    let engine = EngineInfo {
        ephemeris: ENGINE.0,
        version: ENGINE.1,
    };
    calculate_chart(birth, engine, &cache).await;
    let key = redis.keys().await.pop().ok_or("nothing is stored")?;

    let start = Instant::now();
    let Search { found, guesses } = search(&key, ENGINE, FIRST, DAYS, &CITIES);
    let seconds = start.elapsed().as_secs_f64();

    println!("{what}: {key}");
    match found {
        Some(found) => println!("  found: born {} in {}", found.instant, found.city.name),
        None => println!("  not found"),
    }
    println!("  {guesses} guesses in {seconds:.1} s");
    Ok(())
}
