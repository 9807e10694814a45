use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early)]
async fn price(articles: &[u32]) -> u64 {
    articles.len() as u64
}

fn main() {}
