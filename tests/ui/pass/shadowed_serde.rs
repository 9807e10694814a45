//! Serde need not be in scope, nor be a dependency by that name.

#![deny(warnings)]

use cached_runtime::redis_cached;

mod serde {}
#[allow(dead_code)]
trait Serialize {
    fn serialize(&self) {}
}

impl Serialize for u32 {}

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: u32) -> u64 {
    article.serialize();
    u64::from(article)
}

fn main() {
    drop(price(7));
}
