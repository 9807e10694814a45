use cached_runtime::redis_cached;

use std::time::Duration;

fn ttl_of(price: &str) -> Duration {
    Duration::from_secs(price.len() as u64)
}

#[redis_cached(ttl = |price: &String| ttl_of(price), key = hash)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
