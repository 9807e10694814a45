use cached_runtime::redis_cached;

#[async_trait::async_trait]
trait Prices {
    #[redis_cached(ttl = "24h")]
    async fn price(article: u32) -> u64;
}

fn main() {}
