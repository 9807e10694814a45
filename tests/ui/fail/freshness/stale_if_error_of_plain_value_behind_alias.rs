use cached_runtime::redis_cached;

type Price = u64;

#[redis_cached(ttl = "24h", stale_if_error = "24h")]
async fn price(article: u32) -> Price {
    u64::from(article)
}

fn main() {}
