//! Arguments may borrow; a skipped one may be of any type.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::collections::HashMap;

struct Pool;

#[redis_cached(ttl = "24h", key = hash, skip(pool))]
async fn price(name: &str, tags: &[String], options: Option<&HashMap<String, f64>>, pool: &Pool) -> usize {
    let _ = pool;
    name.len() + tags.len() + options.map_or(0, HashMap::len)
}

fn main() {
    drop(price("desk", &[], None, &Pool));
}
