//! A function without `self` in an `impl` block is like a free one.

#![deny(warnings)]

use cached_runtime::redis_cached;

struct Shop;

impl Shop {
    const MARKUP: u64 = 2;

    #[redis_cached(ttl = "24h", key = hash)]
    async fn price(article: u32) -> u64 {
        u64::from(article) * Self::MARKUP
    }
}

fn main() {
    drop(Shop::price(7));
}
