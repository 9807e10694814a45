use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn price<T>(article: T) -> u64 {
    drop(article);
    7
}

fn main() {}
