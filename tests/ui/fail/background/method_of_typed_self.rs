use cached_runtime::redis_cached;

struct Shop;

impl Shop {
    #[redis_cached(ttl = "24h", skip(self), early)]
    async fn price(self: &Self, article: u32) -> u64 {
        u64::from(article)
    }
}

fn main() {}
