//! The future of a function that may run in the background is `Send`, its error need be nothing else.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::cell::Cell;

struct Failure(#[allow(dead_code)] Cell<u8>);

fn require_send<T: Send>(_: T) {}

#[redis_cached(ttl = "10m", early, stale_while_revalidate = "1h", stale_if_error = "1d", timeout(soft = "1s"))]
async fn price(article: String) -> Result<Cell<u64>, Failure> {
    let price = std::future::ready(article.len() as u64).await;
    if price == 0 { Err(Failure(Cell::new(1))) } else { Ok(Cell::new(price)) }
}

fn main() {
    require_send(price("7".to_owned()));
}
