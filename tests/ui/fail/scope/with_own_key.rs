use cached_runtime::redis_cached;

struct Shop {
    tenant: u32,
}

impl Shop {
    #[redis_cached(ttl = "24h", scope = self.tenant, key = (self.tenant, article))]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article + self.tenant)
    }
}

fn main() {}
