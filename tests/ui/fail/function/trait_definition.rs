use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
trait Prices {
    async fn price(&self) -> u64;
}

fn main() {}
