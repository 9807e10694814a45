//! `#[async_trait]` rewrites its methods first; they are cached all the same.

#![deny(warnings)]

use cached_runtime::redis_cached;

use async_trait::async_trait;

#[async_trait]
trait Prices: Sync {
    async fn price(&self, article: u32) -> Result<u64, String>;
    async fn names(&self, prefix: &str) -> Option<Vec<String>>;
    async fn currency() -> String
    where
        Self: Sized;

    #[redis_cached(ttl = "24h", key = hash, skip(self))]
    async fn rate(&self, currency: &str) -> f64 {
        if currency == "EUR" { 1.0 } else { 1.08 }
    }
}

struct Shop {
    tenant: u32,
}

#[async_trait]
impl Prices for Shop {
    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant)]
    async fn price(&self, article: u32) -> Result<u64, String> {
        if article == 0 {
            return Err("there is no article 0".to_owned());
        }
        let offset: u64 = "7".parse().map_err(|_| "no number")?;
        Ok(u64::from(article + self.tenant) + offset)
    }

    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant)]
    async fn names(&self, prefix: &str) -> Option<Vec<String>> {
        Some(vec![prefix.to_owned()])
    }

    #[redis_cached(ttl = "24h", key = hash)]
    async fn currency() -> String {
        "EUR".to_owned()
    }
}

fn main() {
    let shop: Box<dyn Prices> = Box::new(Shop { tenant: 7 });
    drop(shop.price(7));
    drop(shop.names("a"));
    drop(shop.rate("EUR"));
    drop(Shop::currency());
}
