use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", timeout = "2s")]
async fn price(article: u32) -> std::io::Result<u64> {
    Ok(u64::from(article))
}

fn main() {}
