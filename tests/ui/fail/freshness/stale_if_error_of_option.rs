use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", stale_if_error = "24h")]
async fn price(article: u32) -> Option<u64> {
    Some(u64::from(article))
}

fn main() {}
