use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn name(id: u64) -> Result<&'static str, String> {
    if id == 0 { Ok("zero") } else { Ok("other") }
}

fn main() {}
