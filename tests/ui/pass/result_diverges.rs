//! A body that only panics or returns is a body.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn panics(article: u32) -> u64 {
    panic!("there is no article {article}")
}

#[redis_cached(ttl = "24h", key = hash)]
async fn spins() -> Result<u64, String> {
    loop {
        std::future::ready(()).await;
    }
}

fn main() {
    drop(panics(7));
    drop(spins());
}
