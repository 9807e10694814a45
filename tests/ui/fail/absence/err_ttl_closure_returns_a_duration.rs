use cached_runtime::redis_cached;

const HOUR: std::time::Duration = std::time::Duration::from_hours(1);

#[redis_cached(ttl = "24h", err_ttl = |_| HOUR)]
async fn find(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
