//! A stale value is served where the function fails; arguments may be borrowed.

#![deny(warnings)]

use cached_runtime::redis_cached;

struct Failure;

type Fallible<T> = Result<T, Failure>;

#[redis_cached(ttl = "10m", stale_if_error = "24h")]
async fn price(article: &str) -> Fallible<u64> {
    article.parse().map_err(|_| Failure)
}

#[redis_cached(ttl = "10m", stale_if_error = "24h", err_ttl = "5s", none_ttl = "5s")]
async fn name(article: &str) -> Result<Option<String>, String> {
    if article.is_empty() { Err("no article".to_owned()) } else { Ok(None) }
}

fn main() {
    drop(price("7"));
    drop(name("7"));
}
