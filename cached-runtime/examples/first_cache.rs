//! A function that is slow once, and then cached in the process.
//!
//! `cargo run -p cached-runtime --example first_cache`

use std::time::Duration;

use cached_runtime::{Cache, Error, observe, redis_cached};

#[redis_cached(ttl = "10m")]
async fn price(article: u32) -> u64 {
    println!("computing the price of {article}");
    tokio::time::sleep(Duration::from_millis(300)).await; // imagine a slow query
    u64::from(article) * 100
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Cache::builder()
        .namespace("shop")
        .build()
        .await?
        .install()?;

    for article in [7, 7, 8] {
        let (price, calls) = observe(price(article)).await;
        println!("{article} costs {price}: {}", calls[0].outcome);
    }
    Ok(())
}
