use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early)]
async fn price((article, name): (u32, &str)) -> u64 {
    u64::from(article) + name.len() as u64
}

fn main() {}
