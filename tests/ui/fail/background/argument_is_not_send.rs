use cached_runtime::redis_cached;

use std::rc::Rc;

#[redis_cached(ttl = "24h", early, skip(names))]
async fn price(article: u64, names: Rc<str>) -> u64 {
    article + names.len() as u64
}

fn main() {}
