//! Functions that share a name are reported when a cache is built.

use cached_runtime::{Cache, duplicate_functions, redis_cached};
use cached_tests::log::Log;
use tracing_subscriber::filter::LevelFilter;

#[redis_cached(ttl = "1h", key = hash, name = "namesake")]
pub(crate) async fn one(id: u64) -> u64 {
    id
}

#[redis_cached(ttl = "1h", key = hash, name = "namesake")]
pub(crate) async fn other(id: u64) -> u64 {
    id + 1
}

#[redis_cached(ttl = "1h", key = hash, name = "namesake", version = 2)]
pub(crate) async fn later(id: u64) -> u64 {
    id + 2
}

#[tokio::test]
async fn building_a_cache_warns_once_of_two_functions_with_one_name() {
    let log = Log::default();
    let listening = log.listen(LevelFilter::WARN);

    Cache::builder().build().await.unwrap();
    drop(listening);

    let log = log.text();
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains(r#"function="namesake""#))
        .collect();
    let [warning] = warnings[..] else {
        panic!("expected one warning, got {warnings:#?}");
    };
    assert!(warning.contains("WARN"), "{warning}");
    assert!(warning.contains("version=1"), "{warning}");
    let namesakes = duplicate_functions();
    let mut places = namesakes
        .iter()
        .filter(|spec| spec.name() == "namesake")
        .map(|spec| format!("{}:{}", spec.file(), spec.line()));
    let [first, second] = [places.next().unwrap(), places.next().unwrap()];
    assert!(
        warning.contains(&format!("first={first} second={second}")),
        "{warning}"
    );
}
