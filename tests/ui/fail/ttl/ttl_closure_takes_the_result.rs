use cached_runtime::redis_cached;

use std::time::Duration;

fn ttl_of(price: &Result<u64, String>) -> Duration {
    Duration::from_secs(price.clone().unwrap_or(1))
}

#[redis_cached(ttl = |price: &Result<u64, String>| ttl_of(price), key = hash)]
async fn price(article: u32) -> Result<u64, String> {
    Ok(u64::from(article))
}

fn main() {}
