use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn first(text: &str) -> Option<&str> {
    text.get(..1)
}

fn main() {}
