use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn numbers(up_to: u32) -> impl Iterator<Item = u32> {
    0..up_to
}

fn main() {}
