use cached_runtime::redis_cached;

const SHORT: std::time::Duration = std::time::Duration::from_secs(30);

#[redis_cached(ttl = "24h", none_ttl = SHORT)]
async fn find(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
