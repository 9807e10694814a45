use std::rc::Rc;

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn price(article: u64) -> u64 {
    let price = Rc::new(article);
    std::future::ready(()).await;
    *price
}

fn require_send<T: Send>(_: T) {}

fn main() {
    require_send(price(7));
}
