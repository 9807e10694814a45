use cached_runtime::redis_cached;

struct Shop;

impl Shop {
    #[redis_cached(ttl = "24h", scope = Self::TENANT)]
    async fn price(article: u32) -> u64 {
        u64::from(article)
    }
}

fn main() {}
