use std::rc::Rc;

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn price(article: Rc<u64>) -> u64 {
    std::future::ready(*article).await
}

fn require_send<T: Send>(_: T) {}

fn main() {
    require_send(price(Rc::new(7)));
}
