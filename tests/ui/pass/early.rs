//! A value is computed anew before it expires, the more eagerly the larger the number.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "10m", early)]
async fn usual(article: u32) -> u64 {
    u64::from(article)
}

#[redis_cached(ttl = "10m", early = 1)]
async fn whole(article: u32) -> u64 {
    u64::from(article)
}

#[redis_cached(early = 0.5, ttl = "10m")]
async fn half(article: u32) -> u64 {
    u64::from(article)
}

#[redis_cached(early, ttl = "10m", flight = off)]
async fn alone(article: u32) -> u64 {
    u64::from(article)
}

#[redis_cached(ttl = "10m", early = 1e2)]
async fn most(article: u32) -> u64 {
    u64::from(article)
}

fn main() {
    drop((usual(7), whole(7), half(7), alone(7), most(7)));
}
