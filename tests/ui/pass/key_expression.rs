//! The key may be an expression, a call or an operation over the arguments.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::collections::HashMap;

#[redis_cached(ttl = "24h", key = article / 10)]
async fn operation(article: u32) -> u32 {
    article / 10
}

#[redis_cached(ttl = "24h", key = name.trim().to_lowercase())]
async fn calls(name: &str) -> usize {
    name.trim().len()
}

#[redis_cached(ttl = "24h", key = if wide { a + b } else { a })]
async fn branches(a: u32, b: u32, wide: bool) -> u32 {
    if wide { a + b } else { a }
}

#[redis_cached(ttl = "24h", key = options["lang"])]
async fn index(options: HashMap<&str, u8>) -> u8 {
    options["lang"]
}

#[redis_cached(ttl = "24h", key = !flag)]
async fn negation(flag: bool) -> bool {
    flag
}

#[redis_cached(ttl = "24h", key = u64::from(small) as u128)]
async fn cast(small: u8) -> u8 {
    small
}

fn main() {
    drop(operation(7));
    drop(calls("Desk"));
    drop(branches(1, 2, true));
    drop(index(HashMap::from([("lang", 1)])));
    drop(negation(true));
    drop(cast(1));
}
