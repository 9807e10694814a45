//! The crate may have another name.

#![deny(warnings)]

extern crate cached_runtime as cache;

#[cache::redis_cached(ttl = "24h", key = hash, crate = cache)]
async fn relative(article: u32) -> u64 {
    u64::from(article)
}

#[cache::redis_cached(ttl = |prices: &Vec<Option<u8>>| HOUR * u32::from(prices.is_empty()), crate = ::cached_runtime, store_if = |_| true, name = "a")]
async fn absolute(article: u32) -> Vec<Option<u8>> {
    vec![u8::try_from(article).ok()]
}

const HOUR: std::time::Duration = std::time::Duration::from_hours(1);

fn main() {
    drop(relative(7));
    drop(absolute(7));
}
