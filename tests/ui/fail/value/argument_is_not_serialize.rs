use cached_runtime::redis_cached;

struct Article {
    number: u64,
}

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: Article) -> u64 {
    article.number
}

fn main() {}
