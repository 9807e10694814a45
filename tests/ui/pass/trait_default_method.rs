//! The default body of a trait's method may be cached.

#![deny(warnings)]

use cached_runtime::redis_cached;

trait Prices {
    fn tenant(&self) -> u32;

    #[allow(async_fn_in_trait)]
    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant())]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article + self.tenant())
    }
}

struct Shop;

impl Prices for Shop {
    fn tenant(&self) -> u32 {
        7
    }
}

fn main() {
    drop(Shop.price(7));
}
