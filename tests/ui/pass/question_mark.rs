//! `?` converts into the declared error, of which nothing is asked.

#![deny(warnings)]

use cached_runtime::redis_cached;

/// Neither `Clone` nor serde.
#[derive(Debug)]
struct Failure;

impl From<std::num::ParseIntError> for Failure {
    fn from(_: std::num::ParseIntError) -> Self {
        Failure
    }
}

#[redis_cached(ttl = "24h", key = hash)]
async fn parse(text: &str) -> Result<u64, Failure> {
    let number: u64 = text.parse()?;
    Ok(number)
}

fn main() {
    drop(parse("7"));
}
