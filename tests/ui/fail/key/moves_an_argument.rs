use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = name.into_bytes())]
async fn length(name: String) -> usize {
    name.len()
}

fn main() {}
