use cached_runtime::redis_cached;

struct Pool;

#[redis_cached(ttl = "24h", stale_while_revalidate = "1h", skip(pool))]
async fn price(article: u32, pool: &Pool) -> u64 {
    let Pool = pool;
    u64::from(article)
}

fn main() {}
