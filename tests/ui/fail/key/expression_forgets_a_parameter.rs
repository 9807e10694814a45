use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = article)]
async fn price(article: u32, lang: &str) -> String {
    format!("{article} {lang}")
}

fn main() {}
