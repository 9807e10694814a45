use cached_runtime::redis_cached;

#[redis_cached(ttl = 1.5, key = hash)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
