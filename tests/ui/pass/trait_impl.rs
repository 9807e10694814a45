//! A method that implements a trait is cached as any other.

#![deny(warnings)]

use cached_runtime::redis_cached;

trait Prices {
    fn price(&self, article: u32) -> impl std::future::Future<Output = u64> + Send;
    fn currency() -> impl std::future::Future<Output = String> + Send;
}

struct Shop {
    tenant: u32,
}

impl Prices for Shop {
    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant)]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article + self.tenant)
    }

    #[redis_cached(ttl = "24h", key = hash)]
    async fn currency() -> String {
        "EUR".to_owned()
    }
}

fn main() {
    drop(Shop { tenant: 7 }.price(7));
    drop(Shop::currency());
}
