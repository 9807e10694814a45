//! An `impl Trait` argument may be skipped.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash, skip(query))]
async fn price(article: u32, query: impl AsyncFnOnce(u32) -> u64) -> u64 {
    query(article).await
}

fn main() {
    drop(price(7, async |article| u64::from(article)));
}
