use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early)]
async fn price(names: (u8, Option<&str>)) -> u64 {
    names.1.map_or(0, str::len) as u64
}

fn main() {}
