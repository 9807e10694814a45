use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", stale = "10m")]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
