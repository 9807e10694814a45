//! The TTL may be an expression over the arguments.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::time::Duration;

struct Settings {
    ttl: Duration,
}

const HOUR: Duration = Duration::from_hours(1);

#[redis_cached(ttl = settings.ttl, key = hash, skip(settings))]
async fn by_settings(article: u32, settings: &Settings) -> u64 {
    let _ = settings;
    u64::from(article)
}

#[redis_cached(ttl = if article > 100 { HOUR } else { HOUR / 2 })]
async fn by_article(article: u32) -> u64 {
    u64::from(article)
}

#[redis_cached(ttl = HOUR * 2)]
async fn by_constant(article: u32) -> u64 {
    u64::from(article)
}

fn main() {
    drop(by_settings(7, &Settings { ttl: HOUR }));
    drop(by_article(7));
    drop(by_constant(7));
}
