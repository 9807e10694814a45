//! The user may call own items what the prelude calls its own.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[allow(dead_code)]
struct Option;
#[allow(dead_code)]
struct Result;
#[allow(dead_code)]
struct Some;
#[allow(dead_code)]
trait Send {}
#[allow(dead_code)]
fn drop() {}
mod core {}
mod std {}

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {
    let _ = price(7);
}
