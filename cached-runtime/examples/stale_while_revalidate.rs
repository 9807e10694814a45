//! Past its time to live a value is served once more, at once, while it is computed anew in the background.
//!
//! `cargo run -p cached-runtime --features testing --example stale_while_revalidate`

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cached_runtime::testing::ManualClock;
use cached_runtime::{Cache, Error, observe, peek, redis_cached};

static RATE: AtomicU64 = AtomicU64::new(108);

// The argument is owned, because the computation in the background outlives the call.
#[redis_cached(ttl = "10m", stale_while_revalidate = "1h")]
async fn exchange_rate(currency: String) -> Option<u64> {
    (currency == "EUR").then(|| RATE.load(Ordering::Relaxed)) // imagine a slow service
}

async fn ask() {
    let (rate, calls) = observe(exchange_rate("EUR".to_owned())).await;
    println!("{rate:?}: {}", calls[0].outcome);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // So that nobody has to wait ten minutes. A program leaves the clock away.
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(clock.clone()).build().await?;
    cache.install()?;

    ask().await;
    ask().await;

    RATE.store(112, Ordering::Relaxed);
    clock.advance(Duration::from_mins(11));
    ask().await;

    while peek(exchange_rate("EUR".to_owned())).await?.is_none() {
        tokio::task::yield_now().await; // to the computation in the background
    }
    ask().await;
    Ok(())
}
