use cached_runtime::redis_cached;

struct Shop(u32);

impl Shop {
    #[redis_cached(ttl = "24h", key = article)]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article + self.0)
    }
}

fn main() {}
