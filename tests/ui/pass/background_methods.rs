//! Methods own `self` where they may run in the background, in traits too.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

struct Shop {
    tenant: u64,
}

static SHOP: Shop = Shop { tenant: 7 };

impl Shop {
    #[redis_cached(ttl = "10m", scope = self.tenant, stale_while_revalidate = "1h")]
    async fn price(self: Arc<Self>, article: u64) -> u64 {
        article + self.tenant
    }

    #[redis_cached(ttl = "10m", skip(self), early)]
    async fn rate(self, article: u64) -> u64 {
        article * self.tenant
    }

    #[redis_cached(ttl = "10m", skip(self), early)]
    async fn fee(&'static self, article: u64) -> u64 {
        article + self.tenant
    }

    #[redis_cached(ttl = "10m", early)]
    async fn tax(article: u64) -> u64 {
        article
    }
}

#[async_trait]
trait Prices {
    async fn total(self: Arc<Self>, articles: Vec<u64>) -> Result<u64, String>;
}

#[async_trait]
impl Prices for Shop {
    #[redis_cached(ttl = "10m", scope = self.tenant, early, stale_if_error = "1h", timeout(soft = "1s"))]
    async fn total(self: Arc<Self>, articles: Vec<u64>) -> Result<u64, String> {
        if articles.is_empty() {
            return Err("no articles".to_owned());
        }
        Ok(articles.iter().sum::<u64>() + self.tenant)
    }
}

#[redis_cached(ttl = "10m", early)]
fn boxed(article: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    if article == 0 {
        return Box::pin(std::future::ready(0));
    }
    Box::pin(async move { article })
}

#[redis_cached(ttl = "10m", early)]
fn opaque(article: u64) -> impl Future<Output = u64> + Send {
    async move { article }
}

fn main() {
    let shop = Arc::new(Shop { tenant: 7 });
    drop(shop.clone().price(7));
    drop(Shop { tenant: 7 }.rate(7));
    drop(SHOP.fee(7));
    drop(Shop::tax(7));
    drop(shop.total(vec![7]));
    drop(boxed(7));
    drop(opaque(7));
}
