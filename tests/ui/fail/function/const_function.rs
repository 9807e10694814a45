use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
const async fn price(article: u32) -> u64 {
    7
}

fn main() {}
