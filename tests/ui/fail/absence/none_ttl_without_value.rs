use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", none_ttl)]
async fn find(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
