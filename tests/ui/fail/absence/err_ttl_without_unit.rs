use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", err_ttl = 5)]
async fn find(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
