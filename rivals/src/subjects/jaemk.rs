//! `cached` by jaemk: `#[concurrent_cached]` over its asynchronous Redis store.
//!
//! The store belongs to the function: the attribute makes it on the first call, from what [`start`]
//! has left in a static. A process therefore has one of them.

use std::sync::OnceLock;

use cached::macros::concurrent_cached;
use cached::{AsyncRedisCache, Return};
use cached_tests::faults::Subject;

use super::{Given, subject};
use crate::source::{self, TTL, Value};

static SETTINGS: OnceLock<Settings> = OnceLock::new();

#[derive(Debug)]
struct Settings {
    url: String,
    /// Whether a connection that is lost comes back.
    reconnects: bool,
    /// Whether values are also kept in memory, until Redis says that they changed.
    memory: bool,
}

/// Leaves the settings for the first call, which makes the store.
pub(crate) fn start(url: &str, reconnects: bool, memory: bool) -> Box<dyn Subject> {
    SETTINGS
        .set(Settings {
            url: url.to_owned(),
            reconnects,
            memory,
        })
        .expect("a process starts one of these");
    subject(|key| {
        Box::pin(async move {
            let answer = value(key).await?;
            let outcome = if answer.was_cached() { "hit" } else { "miss" };
            Ok(Given {
                value: answer.into_inner(),
                outcome: Some(outcome),
            })
        })
    })
}

/// Makes the store.
///
/// Panics where that fails, as the crate's examples and its own `redis = true` do.
async fn store() -> AsyncRedisCache<u64, Value> {
    let settings = SETTINGS.get().expect("`start` sets them");
    AsyncRedisCache::builder("value")
        .ttl(TTL)
        .connection_string(&settings.url)
        .connection_manager(settings.reconnects)
        .client_side_caching(settings.memory)
        .build()
        .await
        .expect("the store can be built")
}

#[concurrent_cached(
    ty = "AsyncRedisCache<u64, Value>",
    create = "{ store().await }",
    map_error = "|error| error.to_string()",
    with_cached_flag = true
)]
async fn value(key: u64) -> Result<Return<Value>, String> {
    Ok(Return::new(source::value(key).await))
}
