use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", err_ttl = |error| error.is_empty())]
async fn find(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
