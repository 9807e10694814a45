use cached_runtime::redis_cached;

use std::rc::Rc;

#[redis_cached(ttl = "24h", early)]
async fn price(article: u64) -> Result<u64, Rc<str>> {
    Ok(article)
}

fn main() {}
