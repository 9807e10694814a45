use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", timeout(hard = "2s", soft = "2000ms"), stale_if_error = "24h")]
async fn price(article: u32) -> Result<u64, String> {
    Ok(u64::from(article))
}

fn main() {}
