//! Attributes of parameters stay on them.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash, skip(pool))]
async fn price(article: u32, #[allow(unused_variables)] pool: &str) -> u64 {
    u64::from(article)
}

fn main() {
    drop(price(7, ""));
}
