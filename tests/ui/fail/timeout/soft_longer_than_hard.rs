use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", timeout(soft = "3s", hard = "2s"), stale_if_error = "24h")]
async fn price(article: u32) -> Result<u64, String> {
    Ok(u64::from(article))
}

fn main() {}
