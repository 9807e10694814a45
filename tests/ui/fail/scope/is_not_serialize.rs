use cached_runtime::redis_cached;

struct Tenant;

struct Shop {
    tenant: Tenant,
}

impl Shop {
    #[redis_cached(ttl = "24h", scope = self.tenant)]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article)
    }
}

fn main() {}
