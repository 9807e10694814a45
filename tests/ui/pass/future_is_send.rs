//! The future is `Send` when the body is, also when the error is not.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::cell::Cell;
use std::rc::Rc;

fn require_send<T: Send>(_: T) {}

#[redis_cached(ttl = "24h", key = hash)]
async fn fails_with_a_local_error(article: u32) -> Result<u64, Rc<str>> {
    Ok(u64::from(article))
}

/// `Send` and not `Sync`.
#[redis_cached(ttl = "24h", key = hash)]
async fn returns_a_cell(article: u32) -> Cell<u32> {
    Cell::new(article)
}

#[redis_cached(ttl = "24h", key = hash)]
async fn borrows(name: &str) -> usize {
    std::future::ready(name.len()).await
}

fn main() {
    require_send(fails_with_a_local_error(7));
    require_send(returns_a_cell(7));
    require_send(borrows("desk"));
}
