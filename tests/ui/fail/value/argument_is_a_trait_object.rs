use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn price(article: &dyn std::fmt::Debug) -> usize {
    format!("{article:?}").len()
}

fn main() {}
