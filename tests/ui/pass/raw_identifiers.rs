//! Keywords may be names.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash, skip(r#async))]
async fn r#match(r#type: u8, r#async: &str) -> u8 {
    let _ = r#async;
    r#type
}

#[redis_cached(ttl = "24h", key = r#type + r#fn)]
async fn r#loop(r#type: u8, r#fn: u8) -> u8 {
    r#type + r#fn
}

fn main() {
    drop(r#match(7, ""));
    drop(r#loop(7, 1));
}
