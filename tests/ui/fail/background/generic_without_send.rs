use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early)]
async fn price<T: serde::Serialize + 'static>(article: T) -> u64 {
    drop(article);
    7
}

fn main() {}
