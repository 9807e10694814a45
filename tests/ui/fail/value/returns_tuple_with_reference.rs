use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn first(text: &str) -> (usize, &str) {
    (1, &text[..1])
}

fn main() {}
