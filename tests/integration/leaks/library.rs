//! Calls of cached functions, whatever becomes of them.

use std::time::Duration;

use cached_runtime::{Cache, ManualClock, Outcome, redis_cached};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::log::Log;
use cached_tests::redis::RedisServer;
use redis::Cmd;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::LevelFilter;

use super::Written;
use super::births::{BIRTHS, REDIS_PASSWORD, marks};

/// A place whose `Deserialize` quotes what it refuses, as many do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Place(String);

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text} is no place that is known"))
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.0
    }
}

#[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache), codec = json)]
async fn unreadable_place(name: String, cache: &Cache) -> Place {
    let _ = cache;
    Place(name)
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    skip(fails),
    stale_while_revalidate = "1m",
    stale_if_error = "1h"
)]
async fn reading(name: String, born: i64, latitude: f64, fails: bool) -> Result<String, String> {
    let reading = format!("{name}, {born}, {latitude}");
    if fails { Err(reading) } else { Ok(reading) }
}

#[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache), encrypt)]
async fn panicking(name: String, cache: &Cache) -> String {
    let _ = cache;
    panic!("no reading for {name}, born {}", BIRTHS[0].utc)
}

#[tokio::test]
async fn a_call_is_told_without_its_arguments_its_value_and_its_error() {
    let redis = RedisServer::start_with(&["--requirepass", REDIS_PASSWORD]).await;
    let log = Log::default();
    let listening = log.listen(LevelFilter::TRACE);
    let clock = ManualClock::new();
    let url = format!("redis://:{REDIS_PASSWORD}@127.0.0.1:{}", redis.port());
    let builder = cache::builder(&redis).redis(url).clock(clock.clone());
    let shown = format!("{builder:?}");
    let cache = builder.build().await.expect("the settings are sound");
    let birth = &BIRTHS[0];
    let latitude: f64 = birth.latitude.parse().expect("it is a number");
    let ask = async |born: i64, latitude: f64, fails: bool| {
        let name = birth.name.to_owned();
        let (_, outcome) = outcome(cache.scope(reading(name, born, latitude, fails))).await;
        outcome
    };

    let miss = ask(birth.seconds, latitude, false).await;
    let hit = ask(birth.seconds, latitude, false).await;
    clock.advance(Duration::from_secs(90));
    let stale = ask(birth.seconds, latitude, true).await;
    clock.advance(Duration::from_mins(3));
    let failed = ask(birth.seconds, latitude, true).await;
    let unkeyable = ask(birth.seconds, f64::NAN, false).await;
    let (_, lossy) = outcome(unreadable_place(birth.zone.1.to_owned(), &cache)).await;
    let (task_cache, name) = (cache.clone(), birth.name.to_owned());
    let panicked = tokio::spawn(async move { panicking(name, &task_cache).await }).await;
    assert!(panicked.is_err());
    for key in redis.keys().await {
        redis.query::<()>(Cmd::set(&key, "{}")).await;
    }
    let replaced = ask(birth.seconds, latitude, false).await;
    redis.kill();
    eventually(|| !cache.is_connected()).await;
    let bypass = ask(birth.seconds, latitude, false).await;
    let outcomes = [miss, hit, stale, failed, unkeyable, lossy, replaced, bypass];
    assert!(
        matches!(
            outcomes,
            [
                Outcome::Miss { .. },
                Outcome::Hit { .. },
                Outcome::Stale { .. },
                Outcome::Stale { .. },
                Outcome::Bypass { .. },
                Outcome::Miss { .. },
                Outcome::Miss { .. },
                Outcome::Bypass { .. },
            ]
        ),
        "{outcomes:?}"
    );
    let shown = format!("{shown}{cache:?}{outcomes:?}{:?}", cache::secret());
    cache.shutdown().await;
    drop(listening);

    let log = log.text();
    assert!(log.contains("replacing an entry"));
    let mut written = Written::default();
    written.add("the log", log);
    written.add("Debug", shown);
    written.add("the metrics", app::telemetry::metrics().render());
    written.assert_without(&marks());
}
