//! A cached function may call itself through a `Box`.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn factorial(n: u64) -> u64 {
    if n == 0 {
        return 1;
    }
    n * Box::pin(factorial(n - 1)).await
}

fn main() {
    drop(factorial(7));
}
