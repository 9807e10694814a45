use std::rc::Rc;

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn price(article: u64) -> Rc<u64> {
    Rc::new(article)
}

fn require_send<T: Send>(_: T) {}

fn main() {
    require_send(price(7));
}
