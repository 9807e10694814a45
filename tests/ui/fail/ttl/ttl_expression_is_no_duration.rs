use cached_runtime::redis_cached;

#[redis_cached(ttl = seconds, key = hash)]
async fn price(article: u32, seconds: u64) -> u64 {
    u64::from(article) + seconds
}

fn main() {}
