use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = "price:{articles}")]
async fn price(articles: Vec<u32>) -> usize {
    articles.len()
}

fn main() {}
