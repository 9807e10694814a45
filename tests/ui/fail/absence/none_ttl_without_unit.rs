use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", none_ttl = 30)]
async fn find(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
