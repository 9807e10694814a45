use cached_runtime::redis_cached;

#[redis_cached(ttl = "soon", key = body, verison = 2, skip(shop))]
fn price(article: u32) {
    drop(article);
}

fn main() {}
