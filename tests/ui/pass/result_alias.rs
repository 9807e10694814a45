//! A result is known by its type, not by its name.

#![deny(warnings)]

use cached_runtime::redis_cached;

/// Not serde, so it could not be stored.
struct Failure;

type Fallible<T> = std::result::Result<T, Failure>;

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: u32) -> Fallible<Option<u64>> {
    Ok(Some(u64::from(article)))
}

fn main() {
    drop(price(7));
}
