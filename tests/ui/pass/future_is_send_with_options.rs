//! The future is `Send` also where a closure, an error or an expression of the key is not.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::rc::Rc;
use std::time::Duration;

fn require_send<T: Send>(_: T) {}

#[redis_cached(ttl = |price| Duration::from_millis(*price), key = Rc::new(article).to_string(), store_if = |price| *Rc::new(*price) > 1)]
async fn price(article: u64) -> Result<u64, Rc<str>> {
    Ok(std::future::ready(article).await)
}

#[redis_cached(ttl = *Rc::new(Duration::from_millis(article)))]
async fn ttl(article: u64) -> u64 {
    std::future::ready(article).await
}

fn main() {
    require_send(price(7));
    require_send(ttl(7));
}
