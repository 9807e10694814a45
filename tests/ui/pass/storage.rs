//! In which form values are stored.

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", codec = bincode, encrypt)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

#[redis_cached(ttl = "24h", encrypt = false)]
async fn title(article: u32) -> String {
    article.to_string()
}

fn main() {
    drop((price(7), title(7)));
}
