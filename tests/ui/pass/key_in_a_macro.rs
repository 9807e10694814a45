use cached_runtime::redis_cached;

#[redis_cached(ttl = "10m", key = format!("{article}/{language:>4}"))]
async fn price(article: u64, language: &str) -> String {
    format!("{article} {language}")
}

fn main() {
    drop(price(7, "en"));
}
