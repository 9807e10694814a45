use cached_runtime::redis_cached;

#[redis_cached(ttl = "0s", key = hash, skip(pool), version = 0)]
unsafe fn price(articles: &mut Vec<u32>) -> u64 {
    articles.len() as u64
}

fn main() {}
