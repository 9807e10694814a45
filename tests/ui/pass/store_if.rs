//! `store_if` takes a closure or a function over what is stored.

#![deny(warnings)]

use cached_runtime::redis_cached;

fn is_complete(parts: &Vec<u8>) -> bool {
    parts.len() == 3
}

#[redis_cached(ttl = "24h", store_if = |parts| parts.len() > 1)]
async fn by_closure(article: u8) -> Option<Vec<u8>> {
    Some(vec![article])
}

#[redis_cached(ttl = "24h", store_if = is_complete)]
async fn by_function(article: u8) -> Vec<u8> {
    vec![article]
}

#[redis_cached(ttl = "24h", store_if = Vec::is_empty)]
async fn by_method(article: u8) -> Result<Vec<u8>, std::fmt::Error> {
    Ok(vec![article])
}

#[redis_cached(ttl = "24h", store_if = |_| article > least, skip(least))]
async fn by_argument(article: u8, least: u8) -> u8 {
    article + least
}

fn main() {
    drop(by_closure(7));
    drop(by_function(7));
    drop(by_method(7));
    drop(by_argument(7, 1));
}
