use cached_runtime::redis_cached;

use std::pin::Pin;

#[redis_cached(ttl = "24h", stale_if_error = "24h")]
fn price(article: u32) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move { u64::from(article) })
}

fn main() {}
