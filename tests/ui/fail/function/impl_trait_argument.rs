use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn length(text: impl AsRef<str>) -> usize {
    text.as_ref().len()
}

fn main() {}
