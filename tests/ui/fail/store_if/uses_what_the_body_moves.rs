use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", store_if = |length| name.len() == *length)]
async fn length(name: String) -> usize {
    name.len()
}

fn main() {}
