use cached_runtime::redis_cached;

use std::time::Duration;

fn ttl_of(price: &u64) -> Duration {
    Duration::from_secs(*price)
}

#[redis_cached(ttl = ttl_of, key = hash)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
