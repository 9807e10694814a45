use cached_runtime::redis_cached;

use async_trait::async_trait;

#[async_trait]
trait Prices {
    async fn price(&self, article: u32) -> u64;
}

struct Shop;

#[async_trait]
impl Prices for Shop {
    #[redis_cached(ttl = "24h", skip(self), early)]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article)
    }
}

fn main() {}
