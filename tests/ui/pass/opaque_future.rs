//! A function may return `impl Future`, which says what else the future is.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
fn price(article: u32) -> impl std::future::Future<Output = u64> + Send {
    let price = u64::from(article);
    async move { price }
}

#[redis_cached(ttl = "24h", key = hash)]
fn length<'a>(text: &'a str) -> impl std::future::Future<Output = usize> + 'a {
    std::future::ready(text.len())
}

fn main() {
    drop(price(7));
    drop(length("desk"));
}
