use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn log(line: String) -> () {
    println!("{line}");
}

fn main() {}
