//! An argument may be a mutable binding.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "1m", key = hash)]
async fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words
}

fn main() {
    drop(sorted(vec![]));
}
