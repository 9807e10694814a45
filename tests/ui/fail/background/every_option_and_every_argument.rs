use cached_runtime::redis_cached;

struct Pool;

#[redis_cached(ttl = "24h", skip(pool), early, stale_while_revalidate = "1h", timeout(soft = "200ms"), stale_if_error = "24h")]
async fn price(article: &str, pool: &Pool) -> Result<u64, String> {
    let Pool = pool;
    Ok(article.len() as u64)
}

fn main() {}
