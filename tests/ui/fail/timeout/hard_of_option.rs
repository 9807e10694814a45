use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", timeout(hard = "2s"))]
async fn price(article: u32) -> Option<u64> {
    Some(u64::from(article))
}

fn main() {}
