use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early, skip(source))]
async fn price(source: impl Fn() -> u64 + Send + '_) -> u64 {
    source()
}

fn main() {}
