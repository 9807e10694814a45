use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = "{shop}-{article}")]
async fn price(shop: u32, article: u32) -> u64 {
    u64::from(shop + article)
}

fn main() {}
