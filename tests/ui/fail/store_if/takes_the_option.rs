use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", store_if = |found: &Option<u64>| found.is_some())]
async fn find(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
