use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn area((width, height): (u32, u32)) -> u32 {
    width * height
}

fn main() {}
