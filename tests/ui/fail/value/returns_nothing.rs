use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn log(line: String) {
    println!("{line}");
}

fn main() {}
