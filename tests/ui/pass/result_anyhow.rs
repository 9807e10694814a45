//! The result of `anyhow`, and any other alias.

#![deny(warnings)]

use cached_runtime::redis_cached;

use anyhow::Context as _;

type Local<T, E = std::io::Error> = Result<T, E>;

#[redis_cached(ttl = "24h", key = hash)]
async fn parse(text: &str) -> anyhow::Result<u64> {
    anyhow::ensure!(!text.is_empty(), "there is no number");
    text.parse().context("no number")
}

#[redis_cached(ttl = "24h", key = hash)]
async fn read(path: &str) -> Local<Vec<u8>> {
    std::fs::read(path)
}

fn main() {
    drop(parse("7"));
    drop(read("7"));
}
