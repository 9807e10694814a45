//! All options together, in any order.

#![deny(warnings)]

use cached_runtime::redis_cached;

use cached_runtime::Cache;

mod reexport {
    pub use cached_runtime as cache;
}

struct State {
    cache: Cache,
}

#[redis_cached(
    skip(state),
    crate = crate::reexport::cache,
    cache = state.cache,
    version = 2,
    name = "shop::price",
    key = hash,
    ttl = "1h30m",
)]
async fn price(article: u32, state: &State) -> u64 {
    u64::from(article) + u64::from(state.cache.is_enabled())
}

fn main() {
    let cache = Cache::disabled();
    drop(price(7, &State { cache }));
}
