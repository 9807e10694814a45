use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn shape(id: u64) -> Box<dyn std::fmt::Display + Send> {
    Box::new(id)
}

fn main() {}
