use cached_runtime::redis_cached;

#[derive(serde::Serialize)]
struct Article<'a>(&'a str);

#[redis_cached(ttl = "24h", early)]
async fn price(article: Article<'_>) -> u64 {
    article.0.len() as u64
}

fn main() {}
