//! What a function may take of the process, of the cache and of a call.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::fmt::Error;

use cached_runtime::Refusal;

struct Failure;

impl From<Refusal> for Failure {
    fn from(_: Refusal) -> Self {
        Self
    }
}

impl From<Error> for Failure {
    fn from(_: Error) -> Self {
        Self
    }
}

#[redis_cached(ttl = "10m", max_concurrency = 1)]
async fn one_at_a_time(article: &str) -> Result<u64, Failure> {
    if article.is_empty() {
        Err(Error)?;
    }
    Ok(article.len() as u64)
}

#[redis_cached(ttl = "10m", max_concurrency = 4294967295, timeout = "1ms")]
async fn as_many_as_come(article: &str) -> Result<u64, Failure> {
    Ok(article.len() as u64)
}

#[redis_cached(ttl = "10m", max_value_bytes = 1)]
async fn small(article: &str) -> u8 {
    article.len() as u8
}

#[redis_cached(ttl = "10m", max_value_bytes = 16_777_216, read_timeout = "1ms", write_timeout = "10s")]
async fn large(article: &str) -> Vec<u8> {
    article.into()
}

#[redis_cached(ttl = "10m", flight = off)]
async fn alone(article: &str) -> u64 {
    article.len() as u64
}

#[redis_cached(ttl = "10m", flight = process)]
async fn together(article: &str) -> u64 {
    article.len() as u64
}

fn main() {
    drop(one_at_a_time("7"));
    drop(as_many_as_come("7"));
    drop(small("7"));
    drop(large("7"));
    drop(alone("7"));
    drop(together("7"));
}
