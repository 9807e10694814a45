//! A function may return its future in a `Box`.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::pin::Pin;

#[redis_cached(ttl = "24h", key = hash)]
fn factorial(n: u64) -> Pin<Box<dyn std::future::Future<Output = u64> + Send>> {
    if n == 0 {
        return Box::pin(async { 1 });
    }
    Box::pin(async move { n * factorial(n - 1).await })
}

#[redis_cached(ttl = "24h", key = hash)]
fn length<'a>(text: &'a str) -> Pin<Box<dyn std::future::Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { text.len() })
}

fn main() {
    drop(factorial(7));
    drop(length("desk"));
}
