//! Arguments may be taken apart, ignored, bound again or by reference.

#![deny(warnings)]

use cached_runtime::redis_cached;

use serde::Serialize;

#[derive(Serialize)]
struct Point {
    x: u8,
    y: u8,
}

#[redis_cached(ttl = "24h", key = hash)]
async fn area((a, b): (u8, u8), mut c: u8, _: u8, Point { x, .. }: Point, [first, ..]: [u8; 4], &d: &u8, ref e: u8) -> u8 {
    c += *e;
    a + b + c + x + first + d
}

fn main() {
    let point = Point { x: 1, y: 2 };
    let _ = point.y;
    drop(area((1, 2), 3, 4, point, [5; 4], &6, 7));
}
