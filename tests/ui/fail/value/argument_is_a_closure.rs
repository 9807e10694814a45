use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn price(article: u32, discount: impl Fn(u32) -> u32) -> u64 {
    u64::from(discount(article))
}

fn main() {}
