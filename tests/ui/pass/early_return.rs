//! `return` leaves the function, not a closure inside it.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: u32) -> Result<u64, String> {
    if article == 0 {
        return Err("there is no article 0".to_owned());
    }
    Ok(u64::from(article))
}

fn main() {
    drop(price(7));
}
