use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn first<T: Clone>(items: Vec<T>) -> T {
    items[0].clone()
}

fn main() {}
