use cached_runtime::redis_cached;

#[redis_cached(ttl = "1h")]
async fn fibonacci(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        n => fibonacci(n - 1).await + fibonacci(n - 2).await,
    }
}

fn main() {}
