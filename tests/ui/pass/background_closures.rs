//! Closures in options own what they capture where the function may run in the background.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::time::Duration;

use cached_runtime::Cache;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Failure;

#[redis_cached(
    ttl = |price| Duration::from_millis(price + least),
    store_if = |price| *price < most,
    err_ttl = move |_| Some(Duration::from_millis(least)),
    stale_while_revalidate = "1h",
)]
async fn price(article: u64, least: u64, most: u64) -> Result<u64, Failure> {
    if article == most { Err(Failure) } else { Ok(article + least) }
}

#[redis_cached(ttl = Duration::from_millis(least), key = (article, least), cache = cache, skip(cache), early)]
async fn expressions(article: u64, least: u64, cache: Cache) -> u64 {
    article + least + u64::from(cache.is_enabled())
}

fn main() {
    drop(price(7, 8, 9));
    drop(expressions(7, 8, Cache::disabled()));
}
