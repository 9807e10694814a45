//! A const parameter, in the arguments and in the result.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn first<const N: usize>(numbers: Vec<u8>) -> Option<(usize, Vec<u8>)> {
    Some((N, numbers.get(..N)?.to_vec()))
}

fn main() {
    drop(first::<4>(vec![]));
}
