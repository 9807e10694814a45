//! A function without arguments has one entry.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "1m", key = hash)]
async fn rate() -> f64 {
    1.08
}

fn main() {
    drop(rate());
}
