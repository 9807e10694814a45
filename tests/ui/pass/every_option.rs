//! All options together, in any order.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::sync::Arc;

use cached_runtime::{Cache, Refusal};

mod reexport {
    pub use cached_runtime as cache;
}

struct State {
    cache: Cache,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Failure;

impl From<Refusal> for Failure {
    fn from(_: Refusal) -> Self {
        Self
    }
}

#[redis_cached(
    write_timeout = "20ms",
    read_timeout = "20ms",
    max_value_bytes = 65536,
    flight = process,
    max_concurrency = 64,
    timeout(soft = "200ms", hard = "2s"),
    early = 2.0,
    stale_if_error = "24h",
    stale_while_revalidate = "10m",
    err_ttl = "5s",
    none_ttl = "30s",
    store_if = |price| *price > 0,
    skip(state),
    crate = crate::reexport::cache,
    cache = state.cache,
    version = 2,
    name = "shop::price",
    key = hash,
    ttl = "1h30m",
)]
async fn price(article: u32, state: Arc<State>) -> Result<Option<u64>, Failure> {
    Ok(state.cache.is_enabled().then_some(article.into()))
}

fn main() {
    let cache = Cache::disabled();
    drop(price(7, Arc::new(State { cache })));
}
