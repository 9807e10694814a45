use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early)]
async fn price(file: &std::path::Path) -> u64 {
    file.as_os_str().len() as u64
}

fn main() {}
