use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
const PRICE: u64 = 7;

fn main() {}
