//! Numbers of every width, `()` and nested options.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn all(a: f32, b: f64, c: u128, d: i128, e: (), f: Option<Option<u8>>, g: char, h: bool, i: usize, j: std::num::NonZeroU8) -> u8 {
    let _ = (a, b, c, d, e, f, g, h, i);
    j.get()
}

fn main() {
    drop(all(1.0, 1.0, 1, 1, (), Some(None), 'a', true, 1, std::num::NonZeroU8::MIN));
}
