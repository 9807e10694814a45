use cached_runtime::redis_cached;

struct Shop;

#[redis_cached(ttl = "24h", key = hash)]
impl Shop {
    async fn price(&self) -> u64 {
        7
    }
}

fn main() {}
