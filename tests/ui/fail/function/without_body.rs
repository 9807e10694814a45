use cached_runtime::redis_cached;

trait Prices {
    #[redis_cached(ttl = "24h", key = hash)]
    async fn price(article: u32) -> u64;
}

fn main() {}
