//! `err_ttl` takes a time, a closure or a function over the error.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Failure {
    NotFound,
    Busy,
}

impl Failure {
    fn ttl(&self) -> Option<Duration> {
        matches!(self, Self::NotFound).then_some(Duration::from_secs(5))
    }
}

type Fallible<T> = Result<T, Failure>;

#[redis_cached(ttl = "24h", err_ttl = "5s")]
async fn by_time(id: u64) -> Fallible<u64> {
    if id == 0 { Err(Failure::NotFound) } else { Ok(id) }
}

#[redis_cached(ttl = "24h", err_ttl = |failure| matches!(failure, Failure::NotFound).then_some(Duration::from_secs(5)))]
async fn by_closure(id: u64) -> Result<Option<u64>, Failure> {
    if id == 0 { Err(Failure::Busy) } else { Ok(None) }
}

#[redis_cached(ttl = "24h", err_ttl = Failure::ttl, none_ttl = "1s")]
async fn by_method(id: u64) -> Result<Option<u64>, Failure> {
    if id == 0 { Err(Failure::Busy) } else { Ok(None) }
}

fn main() {
    drop(by_time(7));
    drop(by_closure(7));
    drop(by_method(7));
}
