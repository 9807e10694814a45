use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: u32) -> Result<u64, String> {
    if article == 0 {
        return 0;
    }
    Ok(7)
}

fn main() {}
