//! `#[tracing::instrument]` may stand above or below.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[tracing::instrument]
#[redis_cached(ttl = "24h", key = hash)]
async fn traced_with_its_hits(article: u32) -> Result<u64, String> {
    Ok(u64::from(article))
}

#[redis_cached(ttl = "24h", key = hash)]
#[tracing::instrument(skip_all, err)]
async fn also_traced_with_its_hits(article: u32) -> Result<u64, String> {
    Ok(u64::from(article))
}

struct Shop;

impl Shop {
    #[tracing::instrument(skip(self))]
    #[redis_cached(ttl = "24h", key = hash, skip(self))]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article)
    }
}

fn main() {
    drop(traced_with_its_hits(7));
    drop(also_traced_with_its_hits(7));
    drop(Shop.price(7));
}
