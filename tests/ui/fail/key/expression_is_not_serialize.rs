use cached_runtime::redis_cached;

struct Article(u32);

#[redis_cached(ttl = "24h", key = Article(article))]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
