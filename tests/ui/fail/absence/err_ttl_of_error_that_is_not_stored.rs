use cached_runtime::redis_cached;

struct Failure;

#[redis_cached(ttl = "24h", err_ttl = "5s")]
async fn find(id: u64) -> Result<u64, Failure> {
    if id == 0 { Err(Failure) } else { Ok(id) }
}

fn main() {}
