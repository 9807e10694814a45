//! `Result<(), E>`: that it went well is a value.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn check(id: u64) -> Result<(), String> {
    if id == 0 { Err("there is no user 0".to_owned()) } else { Ok(()) }
}

fn main() {
    drop(check(7));
}
