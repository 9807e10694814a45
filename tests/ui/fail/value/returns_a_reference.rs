use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn first(text: &str) -> &str {
    &text[..1]
}

fn main() {}
