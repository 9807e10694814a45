use cached_runtime::redis_cached;

use std::pin::Pin;

#[redis_cached(ttl = "24h")]
fn log(line: String) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move { println!("{line}") })
}

fn main() {}
