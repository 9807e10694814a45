use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = (article, pool), skip(pool))]
async fn price(article: u32, pool: u32) -> u64 {
    u64::from(article + pool)
}

fn main() {}
