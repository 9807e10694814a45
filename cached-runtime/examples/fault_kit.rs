//! A test of code that is cached: time moved by hand, and a store that fails when the test says so.
//!
//! `cargo run -p cached-runtime --features testing --example fault_kit`

use std::time::Duration;

use cached_runtime::testing::{Fault, Faults, FaultyBackend, ManualClock};
use cached_runtime::{Cache, Error, observe, redis_cached};

#[redis_cached(ttl = "1h")]
async fn double(number: u64) -> u64 {
    number * 2
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let clock = ManualClock::new();
    let store = FaultyBackend::in_process(clock.clone());
    let cache = Cache::builder()
        .backend(store.clone())
        .clock(clock.clone())
        .guessable_keys()
        .build()
        .await?;
    let ask = async || {
        let (output, calls) = observe(cache.scope(double(4))).await;
        assert_eq!(output, 8, "whatever happens to the cache");
        calls[0].outcome.to_string()
    };

    println!("first: {}", ask().await);
    println!("again: {}", ask().await);

    clock.advance(Duration::from_hours(1));
    println!("an hour later: {}", ask().await);

    store.inject(Faults::seeded(7).reads(1.0, Fault::Fail(Error::timeout())));
    println!("the store does not answer: {}", ask().await);

    store.heal();
    println!("healed: {}", ask().await);
    Ok(())
}
