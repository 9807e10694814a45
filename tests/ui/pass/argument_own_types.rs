//! Structs and enums of the user, and types of other crates.

#![deny(warnings)]

use cached_runtime::redis_cached;

use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
struct Point<T> {
    x: T,
    y: T,
}

#[derive(Serialize)]
enum Shape<'a> {
    Empty,
    Circle(f64),
    Named { name: &'a str },
}

#[redis_cached(ttl = "24h", key = hash)]
async fn all(id: Uuid, point: Point<f64>, shape: &Shape<'_>) -> f64 {
    match shape {
        Shape::Empty => f64::from(id.as_bytes()[0]),
        Shape::Circle(radius) => point.x + radius,
        Shape::Named { name } => point.y + if name.is_empty() { 1.0 } else { 0.0 },
    }
}

fn main() {
    for shape in [Shape::Empty, Shape::Circle(1.0), Shape::Named { name: "" }] {
        drop(all(Uuid::nil(), Point { x: 0.0, y: 1.0 }, &shape));
    }
}
