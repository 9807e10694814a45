use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
unsafe extern "C" fn price(article: u32, others: ...) -> u64 {
    u64::from(article)
}

fn main() {}
