use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", timeout(soft = 200, hard = "2sec", medium = "1s"))]
async fn price(article: &str) -> Result<u64, String> {
    Ok(article.len() as u64)
}

fn main() {}
