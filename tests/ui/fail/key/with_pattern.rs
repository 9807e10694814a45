use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = (a, b))]
async fn sum((a, b): (u8, u8)) -> u8 {
    a + b
}

fn main() {}
