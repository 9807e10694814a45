use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn address(id: u64) -> *const u64 {
    &raw const id
}

fn main() {}
