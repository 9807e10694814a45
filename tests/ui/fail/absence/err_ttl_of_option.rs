use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", err_ttl = "5s")]
async fn find(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
