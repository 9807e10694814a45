//! The futures of `#[async_trait(?Send)]` may stay on their thread.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::rc::Rc;

use async_trait::async_trait;

#[async_trait(?Send)]
trait Prices {
    async fn price(&self, article: u32) -> u64;
}

struct Shop(Rc<u32>);

#[async_trait(?Send)]
impl Prices for Shop {
    #[redis_cached(ttl = "24h", key = hash, scope = *self.0)]
    async fn price(&self, article: u32) -> u64 {
        let markup = Rc::clone(&self.0);
        std::future::ready(()).await;
        u64::from(article + *markup)
    }
}

fn main() {
    drop(Shop(Rc::new(1)).price(7));
}
