//! A `where` clause, also one that asks for more than a bound can.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::fmt::Display;

use serde::Serialize;

#[redis_cached(ttl = "24h", key = hash)]
async fn show<T>(values: &[T]) -> Vec<String>
where
    T: Serialize,
    for<'a> &'a T: Display,
{
    values.iter().map(|value| value.to_string()).collect()
}

fn main() {
    drop(show(&[1, 2]));
}
