use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", max_concurrency = -1)]
async fn price(article: u32) -> Result<u64, String> {
    Ok(u64::from(article))
}

fn main() {}
