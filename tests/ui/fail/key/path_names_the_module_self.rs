use cached_runtime::redis_cached;

const HELLO: &str = "hello";

struct Shop {
    tenant: u64,
}

impl Shop {
    #[redis_cached(ttl = "10m", key = (self::HELLO, article))]
    async fn price(&self, article: u64) -> u64 {
        self.tenant + article
    }
}

fn main() {}
