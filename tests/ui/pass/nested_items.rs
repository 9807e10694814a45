//! Functions inside functions, blocks and constants.

#![deny(warnings)]

use cached_runtime::redis_cached;

async fn outer(article: u32) -> u64 {
    #[redis_cached(ttl = "24h", key = hash)]
    async fn inner(article: u32) -> u64 {
        #[redis_cached(ttl = "24h", key = hash)]
        async fn innermost(article: u32) -> u64 {
            u64::from(article)
        }
        innermost(article).await
    }
    inner(article).await
}

const _: () = {
    #[redis_cached(ttl = "24h", key = hash)]
    async fn price(article: u32) -> u64 {
        u64::from(article)
    }

    #[allow(dead_code)]
    async fn caller() -> u64 {
        price(7).await
    }
};

fn main() {
    drop(outer(7));
}
