use cached_runtime::redis_cached;

use std::pin::Pin;

#[redis_cached(ttl = "24h")]
fn price(article: u32) -> Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move { article })
}

fn main() {}
