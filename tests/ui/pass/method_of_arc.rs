//! `self` may be an `Arc`, a reference to one, a `Box` or a value.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::sync::Arc;

#[derive(Clone)]
struct Shop {
    tenant: u32,
}

impl Shop {
    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant)]
    async fn shared(self: Arc<Self>) -> u32 {
        self.tenant
    }

    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant)]
    async fn borrowed(self: &Arc<Self>) -> u32 {
        Arc::clone(self).tenant
    }

    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant)]
    async fn boxed(self: Box<Self>) -> u32 {
        self.tenant
    }

    #[redis_cached(ttl = "24h", key = hash, scope = self.tenant)]
    async fn owned(mut self) -> u32 {
        self.tenant += 1;
        self.tenant
    }
}

fn main() {
    let shop = Arc::new(Shop { tenant: 7 });
    drop(Arc::clone(&shop).shared());
    drop(shop.borrowed());
    drop(Box::new((*shop).clone()).boxed());
    drop((*shop).clone().owned());
}
