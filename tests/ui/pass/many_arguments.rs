//! There is no limit to the number of arguments.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
#[expect(clippy::too_many_arguments)]
async fn sum(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8) -> u32 {
    [a, b, c, d, e, f, g, h, i, j, k, l, m].into_iter().map(u32::from).sum()
}

fn main() {
    drop(sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
}
