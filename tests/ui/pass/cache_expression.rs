//! The cache may be a field, a call or a parameter.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::sync::{Arc, OnceLock};

use cached_runtime::Cache;

static CACHE: OnceLock<Cache> = OnceLock::new();

struct State {
    cache: Arc<Cache>,
}

impl State {
    #[redis_cached(ttl = "24h", key = hash, cache = self.cache, skip(self))]
    async fn by_field(&self) -> u8 {
        1
    }
}

#[redis_cached(ttl = "24h", key = hash, cache = CACHE.get_or_init(Cache::disabled))]
async fn by_call() -> u8 {
    2
}

#[redis_cached(ttl = "24h", key = hash, cache = cache, skip(cache))]
async fn by_parameter(cache: Cache) -> bool {
    cache.is_enabled()
}

fn main() {
    let cache = Cache::disabled();
    drop(State { cache: Arc::new(cache.clone()) }.by_field());
    drop(by_call());
    drop(by_parameter(cache.clone()));
}
