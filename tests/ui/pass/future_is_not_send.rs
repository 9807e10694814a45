//! A body that stays on its thread may be cached there.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::cell::Cell;
use std::rc::Rc;

#[redis_cached(ttl = "24h", key = hash, skip(seen))]
async fn count(article: u64, seen: Rc<Cell<u64>>) -> u64 {
    seen.set(seen.get() + 1);
    std::future::ready(article).await
}

fn main() {
    drop(count(7, Rc::default()));
}
