use cached_runtime::redis_cached;

use std::borrow::Cow;

#[redis_cached(ttl = "24h", early)]
async fn price(article: Cow<'_, str>) -> u64 {
    article.len() as u64
}

fn main() {}
