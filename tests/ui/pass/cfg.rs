//! A function that is compiled out is not looked at.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[cfg(not(unix))]
#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: NoSuchType) -> u64 {
    article
}

#[redis_cached(ttl = "24h", key = hash)]
#[cfg(unix)]
#[cfg_attr(unix, must_use)]
async fn price(article: u32) -> u64 {
    #[cfg(not(unix))]
    let article = no_such_function();
    u64::from(article)
}

fn main() {
    drop(price(7));
}
