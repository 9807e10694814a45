//! `cachekit-rs`: `#[cachekit]` over its Redis backend.

use std::sync::Arc;
use std::time::Duration;

use cached_tests::faults::Subject;
use cachekit::backend::redis::RedisBackend;
use cachekit::reliability::{BackpressureConfig, CircuitBreakerConfig, ReliabilityConfig};
use cachekit::{CacheKit, CacheKitBuilder, CachekitError, cachekit};
use tokio::time::sleep;

use super::{Given, shown, subject};
use crate::source::{self, Value};

/// How long a command may take with the best settings: the read deadline of the cache that it is
/// compared with.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often to try for the first connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Starts it as its documentation recommends for production: with a memory in front of Redis.
pub(crate) async fn start_with_defaults(url: &str) -> Result<Box<dyn Subject>, String> {
    let builder = CacheKit::production(url).await;
    let cache = builder.and_then(CacheKitBuilder::build);
    Ok(function(cache.map_err(shown)?))
}

/// Starts it with a short timeout, without repetitions, with a breaker that tries again every second,
/// and so that it connects whenever Redis is there first; with or without a memory in front of Redis.
pub(crate) fn start_at_its_best(url: &str, memory: bool) -> Result<Box<dyn Subject>, String> {
    let redis = RedisBackend::builder()
        .url(url)
        .auto_reconnect()
        .command_timeout(PATIENCE)
        .build()
        .map_err(shown)?;
    let redis = Arc::new(redis);
    let reliability = ReliabilityConfig {
        retry: None,
        circuit_breaker: Some(CircuitBreakerConfig {
            success_threshold: 1,
            open_timeout: Duration::from_secs(1),
            half_open_max_calls: 1,
            ..CircuitBreakerConfig::default()
        }),
        backpressure: Some(BackpressureConfig::default()),
    };
    let builder = CacheKit::builder()
        .backend(redis.clone())
        .reliability(reliability);
    let builder = if memory { builder } else { builder.no_l1() };
    let cache = builder.build().map_err(shown)?;

    // The preset connects once and gives up where Redis is away at that moment.
    tokio::spawn(async move {
        while redis.connect().await.is_err() {
            sleep(PAUSE).await;
        }
    });
    Ok(function(cache))
}

fn function(cache: CacheKit) -> Box<dyn Subject> {
    let cache = Arc::new(cache);
    subject(move |key| {
        let cache = Arc::clone(&cache);
        Box::pin(async move {
            let value = value(&cache, key).await.map_err(shown)?;
            // It does not say where a value came from.
            Ok(Given {
                value,
                outcome: None,
            })
        })
    })
}

#[cachekit(client = cache, ttl = 3600, interop = "value", namespace = "rivals")]
async fn value(cache: &CacheKit, key: u64) -> Result<Value, CachekitError> {
    Ok(source::value(key).await)
}
