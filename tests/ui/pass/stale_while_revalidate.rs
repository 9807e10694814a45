//! A stale value is served while a new one is computed in the background.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "10m", key = hash, stale_while_revalidate = "1h")]
async fn price(article: String) -> u64 {
    article.len() as u64
}

#[redis_cached(ttl = "10m", stale_while_revalidate = "1h", none_ttl = "5s")]
async fn name(id: u64) -> Option<String> {
    std::future::ready((id != 0).then(|| format!("user {id}"))).await
}

fn main() {
    drop(price("7".to_owned()));
    drop(name(7));
}
