//! A method says what of `self` its result depends on.

#![deny(warnings)]

use cached_runtime::redis_cached;

struct Shop {
    tenant: String,
    markup: u64,
}

impl Shop {
    #[redis_cached(ttl = "24h", key = hash, scope = (&self.tenant, self.markup))]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article) * self.markup
    }
}

fn main() {
    let shop = Shop { tenant: String::new(), markup: 2 };
    drop(shop.price(7));
}
