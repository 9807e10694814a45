//! A method whose answer depends on a part of `self`, and on no other part.
//!
//! `cargo run -p cached-runtime --example method_with_scope`

use cached_runtime::{Cache, Error, observe, redis_cached};

struct Pool;

struct Shop {
    tenant: &'static str,
    discount: u64,
    // Like most of what a `self` holds, no part of the answer and nothing that could be in a key.
    _pool: Pool,
}

impl Shop {
    #[redis_cached(ttl = "5m", scope = (self.tenant, self.discount))]
    async fn price(&self, article: u32) -> u64 {
        u64::from(article) * 100 - self.discount
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Cache::builder()
        .namespace("shop")
        .build()
        .await?
        .install()?;

    for (tenant, discount) in [("north", 0), ("south", 0), ("south", 50), ("south", 50)] {
        let shop = Shop {
            tenant,
            discount,
            _pool: Pool,
        };
        let (price, calls) = observe(shop.price(7)).await;
        println!("{tenant}, {discount} off: {price}, {}", calls[0].outcome);
    }
    Ok(())
}
