#[redis_cached(ttl = "1m")]
fn factorial(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move { if n == 0 { 1 } else { n * factorial(n - 1).await } })
}
