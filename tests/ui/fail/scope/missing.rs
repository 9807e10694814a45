use cached_runtime::redis_cached;

struct Shop {
    discount: u64,
}

impl Shop {
    #[redis_cached(ttl = "24h", key = hash)]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article) - self.discount
    }
}

fn main() {}
