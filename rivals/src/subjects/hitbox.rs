//! `hitbox`: `#[cached]` of `hitbox-fn` over `hitbox-redis`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use cached_tests::faults::Subject;
use hitbox::concurrency::BroadcastConcurrencyManager;
use hitbox::offload::OffloadManager;
use hitbox::policy::{ConcurrencyLimit, PolicyConfigBuilder};
use hitbox_backend::composition::policy::{RaceWritePolicy, RefillPolicy};
use hitbox_backend::composition::{Compose, CompositionPolicy};
use hitbox_fn::prelude::*;
use hitbox_moka::MokaBackend;
use hitbox_redis::{ConnectionMode, RedisBackend};

use super::{Given, shown, subject};
use crate::source::{self, TTL, Value};

/// How long a connection or a reply may take with the best settings: the read deadline of the cache
/// that it is compared with.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many values are kept in memory.
const VALUES: u64 = 1000;

/// Starts it as its documentation shows it first.
pub(crate) fn start_with_defaults(url: &str) -> Result<Box<dyn Subject>, String> {
    let redis = RedisBackend::builder()
        .connection(ConnectionMode::single(url))
        .build()
        .map_err(shown)?;
    let cache = Cache::builder()
        .backend(redis)
        .policy(policy().build())
        .build();
    let cache = Arc::new(cache);
    Ok(subject(move |key| {
        let cache = Arc::clone(&cache);
        Box::pin(async move { Ok(given(value(key).cache(&cache).with_context().await)) })
    }))
}

/// Starts it with short timeouts, without repetitions, and with one run for a key at a time.
pub(crate) fn start_at_its_best(url: &str) -> Result<Box<dyn Subject>, String> {
    let cache = Cache::builder()
        .backend(impatient(url)?)
        .policy(policy().concurrency(one()).build())
        .concurrency_manager(BroadcastConcurrencyManager::new())
        .build();
    let cache = Arc::new(cache);
    Ok(subject(move |key| {
        let cache = Arc::clone(&cache);
        Box::pin(async move { Ok(given(value(key).cache(&cache).with_context().await)) })
    }))
}

/// Starts it as [`start_at_its_best`], with a memory in front of Redis; a write to either is enough.
pub(crate) fn start_with_memory(url: &str) -> Result<Box<dyn Subject>, String> {
    let memory = MokaBackend::builder().max_entries(VALUES).build();
    let tiers = memory.compose_with(
        impatient(url)?,
        OffloadManager::with_defaults(),
        CompositionPolicy::new()
            .write(RaceWritePolicy::new())
            .refill(RefillPolicy::Always),
    );
    let cache = Cache::builder()
        .backend(tiers)
        .policy(policy().concurrency(one()).build())
        .concurrency_manager(BroadcastConcurrencyManager::new())
        .build();
    let cache = Arc::new(cache);
    Ok(subject(move |key| {
        let cache = Arc::clone(&cache);
        Box::pin(async move { Ok(given(value(key).cache(&cache).with_context().await)) })
    }))
}

fn impatient(url: &str) -> Result<RedisBackend, String> {
    RedisBackend::builder()
        .connection(ConnectionMode::single(url))
        .connection_timeout(PATIENCE)
        .response_timeout(PATIENCE)
        .retries(0)
        .build()
        .map_err(shown)
}

fn policy() -> PolicyConfigBuilder {
    PolicyConfig::builder().ttl(TTL)
}

fn one() -> ConcurrencyLimit {
    ConcurrencyLimit::new(1).expect("one is within its range")
}

fn given((answer, context): (Result<Value, Infallible>, CacheContext)) -> Given {
    let Ok(value) = answer;
    let outcome = match context.status {
        CacheStatus::Hit => "hit",
        CacheStatus::Miss => "miss",
        CacheStatus::Stale => "stale",
    };
    Given {
        value,
        outcome: Some(outcome),
    }
}

#[cached(prefix = "value")]
async fn value(key: u64) -> Result<Value, Infallible> {
    Ok(source::value(key).await)
}
