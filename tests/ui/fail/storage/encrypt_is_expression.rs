use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", encrypt = article > 7)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
