use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
struct Price {
    article: u32,
}

fn main() {}
