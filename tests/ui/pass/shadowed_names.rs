//! Names that an expansion might have used belong to the body.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn concat(key: u8, cache: u8, result: u8, spec: u8, value: u8, args: u8, future: u8, compute: u8) -> [u8; 8] {
    const SPEC: u8 = 1;
    let output = [key, cache, result, spec, value, args, future, compute];
    output.map(|part| part + SPEC)
}

fn main() {
    drop(concat(1, 2, 3, 4, 5, 6, 7, 8));
}
