use cached_runtime::redis_cached;

struct NotFound;

#[redis_cached(ttl = "24h", timeout = "2s")]
async fn price(article: u32) -> Result<u64, NotFound> {
    Ok(u64::from(article))
}

fn main() {}
