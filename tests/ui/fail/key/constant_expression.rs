use cached_runtime::redis_cached;

const ARTICLE: u32 = 7;

#[redis_cached(ttl = "24h", key = ARTICLE)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
