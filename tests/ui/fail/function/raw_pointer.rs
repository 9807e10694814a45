use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn price(article: *const u32) -> bool {
    article.is_null()
}

fn main() {}
