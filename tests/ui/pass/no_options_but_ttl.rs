//! `key = hash` is the default.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "1d12h30m")]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {
    drop(price(7));
}
