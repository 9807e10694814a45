use cached_runtime::redis_cached;

use std::pin::Pin;

#[allow(dead_code)]
struct Price {
    cents: u32,
}

#[redis_cached(ttl = "24h")]
fn price(article: u32) -> Pin<Box<dyn Future<Output = Result<Price, String>>>> {
    Box::pin(async move { Ok(Price { cents: article }) })
}

fn main() {}
