use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = (article, 7))]
async fn price(article: u32, user: u64, lang: &str) -> String {
    format!("{article} {user} {lang}")
}

fn main() {}
