use cached_runtime::redis_cached;

struct Article;

#[redis_cached(ttl = "24h")]
async fn price(articles: Vec<Option<Article>>) -> usize {
    articles.len()
}

fn main() {}
