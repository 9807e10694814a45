//! The user's macros may be called what the expansion calls its own.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[allow(unused_macros)]
macro_rules! call {
    () => {};
}
#[allow(unused_macros)]
macro_rules! spec {
    () => {};
}
#[allow(unused_macros)]
macro_rules! arguments {
    () => {};
}
#[allow(unused_macros)]
macro_rules! unreachable {
    () => {};
}

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {
    drop(price(7));
}
