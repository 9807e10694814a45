//! An `impl Trait` argument may be in the key, as it is or through an expression.

#![deny(warnings)]

use cached_runtime::redis_cached;

use serde::Serialize;

#[redis_cached(ttl = "24h", key = hash)]
async fn as_it_is(article: impl Serialize) -> u64 {
    drop(article);
    7
}

#[redis_cached(ttl = "24h", key = name.as_ref())]
async fn through_an_expression(name: impl AsRef<str>) -> usize {
    name.as_ref().len()
}

fn main() {
    drop(as_it_is(7));
    drop(through_an_expression("desk"));
}
